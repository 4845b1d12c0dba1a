# buildImage: one new layer, with everything, on top of a base; with maxLayers, store paths in layers of their own
# -> a docker-archive file.
{
  archive,
  errors,
  hintsOf,
  imageArguments,
  imageFunction,
  imageResult,
  newImage,
  wellTyped,
}:
let
  function = "buildImage";
  inherit (errors function) fail warn;
  types = {
    keepContentsDirlinks = [ "bool" ];
    fromImageName = [
      "string"
      "null"
    ];
    fromImageTag = types.fromImageName;
    runAsRoot = imageArguments.extraCommands.types ++ [ "null" ];
  };
in
imageFunction function (
  image:
  {
    fromImageName ? null,
    fromImageTag ? null,
    copyToRoot ? null,
    contents ? null, # the deprecated name of copyToRoot
    keepContentsDirlinks ? false,
    runAsRoot ? null,
    maxLayers ? 1, # more: of the whole image, as in buildLayeredImage
    layerHints ? { },
    compressor ? "gz",
    diskSize ? 1024, # of dockerTools' VM: there is none here
    buildVMMemorySize ? 512, # likewise
    ...
  }@given:
  let
    made = newImage (
      image
      // {
        inherit fromImageName fromImageTag;
        step = "single-layer-image";
        layering = {
          inherit maxLayers;
          hints = hintsOf function layerHints;
        };
        trees =
          if contents == null then
            copyToRoot
          else if copyToRoot == null then
            warn "`contents` is the old name of `copyToRoot`: rename it" contents
          else
            fail "both `contents` and `copyToRoot` are given: keep `copyToRoot`, the other is its old name";
        # A link to a directory would hide the directory of that name which a base has, or a runtime makes (/etc).
        dirlinks = if keepContentsDirlinks then "keep" else "expand";
        scripts = { inherit runAsRoot; };
        mtime = "1970-01-01T00:00:01Z";
      }
    );
  in
  assert wellTyped function types given;
  imageResult {
    inherit (image) tag;
    image = _: made;
    arguments = given;
    file =
      result:
      archive {
        inherit function compressor result;
        inherit (image) tag;
        inherit (made) recipe;
        name = "docker-image-${made.baseName}";
      };
  }
)
