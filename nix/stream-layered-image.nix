# streamLayeredImage: an image of many layers -> a program that writes it to stdout as a docker-archive (API.md).
{
  pkgs,
  layeredImage,
  stream,
  imageResult,
}:
let
  inherit (pkgs) lib;
  make = layeredImage "streamLayeredImage";
in
lib.setFunctionArgs (
  args:
  let
    image = make args;
    tag = args.tag or null;
  in
  imageResult {
    inherit tag;
    image = _: image;
    arguments = args;
    file =
      result:
      stream {
        inherit result tag;
        name = "stream-${image.baseName}";
        inherit (image) recipe;
      };
    passthru.isExe = true;
  }
) (lib.functionArgs make)
