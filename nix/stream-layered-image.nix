# streamLayeredImage: an image of many layers -> a program that writes it to stdout as a docker-archive.
{
  imageResult,
  layeredFunction,
  stream,
}:
layeredFunction "streamLayeredImage" (
  image:
  {
    tag ? null,
    ...
  }@given:
  imageResult {
    inherit tag;
    image = _: image;
    arguments = given;
    file =
      result:
      stream {
        inherit result tag;
        name = "stream-${image.baseName}";
        inherit (image) recipe;
      };
    passthru.isExe = true;
  }
)
