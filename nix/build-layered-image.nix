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
    compressor ? "gz",
    ...
  }@given:
  imageResult {
    inherit tag;
    image = _: image;
    arguments = given;
    file =
      result:
      archive {
        inherit
          function
          compressor
          tag
          result
          ;
        inherit (image) recipe;
        name = image.baseName;
      };
  }
)
