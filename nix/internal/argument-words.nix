# What people write who come from nix2container, from another function of dockerTools, or from an older one.
{
  # Argument -> what it is called here; the first that the function has.
  same = {
    initializeNixDatabase = [ "includeNixDB" ];
    nixUid = [ "uid" ];
    nixGid = [ "gid" ];
    user = [ "uid" ];
    arch = [ "architecture" ];
    architecture = [ "arch" ];
    contents = [ "copyToRoot" ];
    copyToRoot = [ "contents" ];
    paths = [
      "contents"
      "copyToRoot"
      "deps"
    ];
    imageTag = [
      "finalImageTag"
      "tag"
    ];
    tag = [ "finalImageTag" ];
    imageName = [ "name" ];
    manifests = [ "images" ];
    baseImage = [ "fromImage" ];
    compression = [ "compressor" ];
    runAsRoot = [ "fakeRootCommands" ];
    fakeRootCommands = [ "runAsRoot" ];
  };

  # Function -> argument that has no place there -> what to do.
  elsewhere =
    let
      layered = {
        runAsRoot = "write fakeRootCommands, with enableFakechroot = true to have the image at /";
        keepContentsDirlinks = "leave it out: contents become links, and directories are joined";
        fromImageName = "give fromImage an archive of this image alone; only buildImage picks one of several";
        fromImageTag = layered.fromImageName;
        diskSize = "leave it out: there is no virtual machine";
        buildVMMemorySize = layered.diskSize;
      };
      inOneLayer = {
        layeringPipeline = "use buildLayeredImage, which has it; buildImage has maxLayers and layerHints";
        enableFakechroot = "leave it out: runAsRoot has the image at /";
        mtime = "leave it out: files have the time 1970-01-01T00:00:01Z";
      };
    in
    {
      buildImage = inOneLayer;
      buildImageWithNixDb = inOneLayer;
      buildLayeredImage = layered;
      buildLayeredImageWithNixDb = layered;
      streamLayeredImage = layered // {
        compressor = "leave it out: a stream is not compressed, only its layers with layerCompression; buildLayeredImage has it";
      };
      pullImage.registryUrl = "write it before the name: imageName = \"HOST/NAME\"";
      buildLayer = {
        initializeNixDatabase = "write includeNixDB = true in the image";
        config = "write it in the image";
        contents = "it is called copyToRoot here";
      };
    };
}
