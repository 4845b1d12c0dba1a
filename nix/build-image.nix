# buildImage: one new layer, with everything, on top of a base -> a docker-archive file (API.md).
{
  goArchitecture,
  wellTyped,
  newImage,
  archive,
  imageResult,
}:
args@{
  name,
  tag ? null,
  fromImage ? null,
  fromImageName ? null,
  fromImageTag ? null,
  inheritConfig ? "env",
  copyToRoot ? null,
  contents ? null, # the deprecated name of copyToRoot
  keepContentsDirlinks ? false,
  runAsRoot ? null,
  extraCommands ? "",
  config ? null,
  architecture ? goArchitecture,
  checkArchitecture ? true, # of the image's programs: where only `architecture` is given, a warning is enough
  created ? "1970-01-01T00:00:01Z",
  uid ? 0,
  gid ? 0,
  uname ? "root",
  gname ? "root",
  compressor ? "gz",
  includeNixDB ? false,
  layers ? [ ],
  perms ? [ ],
  diskSize ? 1024, # of dockerTools' VM: there is none here
  buildVMMemorySize ? 512, # likewise
  meta ? { },
  passthru ? { },
}:
let
  function = "buildImage";
  image = newImage {
    foreignProgramsAllowed = args ? architecture && !args ? checkArchitecture;
    inherit
      function
      name
      tag
      fromImage
      fromImageName
      fromImageTag
      inheritConfig
      includeNixDB
      config
      architecture
      checkArchitecture
      created
      layers
      perms
      ;
    step = "single-layer-image";
    trees =
      if contents == null then
        copyToRoot
      else if copyToRoot == null then
        builtins.trace "nixdock: ${function}: `contents` is the old name of `copyToRoot`: rename it" contents
      else
        throw "nixdock: ${function}: both `contents` and `copyToRoot` are given: keep `copyToRoot`, the other is its old name";
    # A link to a directory would hide the directory of that name which a base has, or a runtime makes (/etc).
    dirlinks = if keepContentsDirlinks then "keep" else "expand";
    scripts = { inherit runAsRoot extraCommands; };
    mtime = "1970-01-01T00:00:01Z";
    owner = {
      inherit
        uid
        gid
        uname
        gname
        ;
    };
  };
in
assert wellTyped function {
  keepContentsDirlinks = [ "bool" ];
  includeNixDB = [ "bool" ];
} args;
imageResult {
  inherit tag;
  image = _: image;
  arguments = args;
  file =
    result:
    archive {
      inherit
        function
        tag
        compressor
        result
        ;
      inherit (image) recipe;
      name = "docker-image-${image.baseName}";
    };
}
