# buildLayeredImage: an image of many layers -> a docker-archive file.
{
  archive,
  imageResult,
  layeredFunction,
}:
let
  function = "buildLayeredImage";
in
layeredFunction function (
  image:
  {
    tag ? null,
    compressor ? "gz", # where layers are compressed "none", see archive.nix
    ...
  }@given:
  imageResult {
    inherit tag;
    image = _: image;
    arguments = given;
    file =
      result:
      archive (
        {
          inherit function tag result;
          inherit (image) recipe layerCompression;
          name = image.baseName;
        }
        // builtins.intersectAttrs { compressor = true; } given
      );
  }
)
