# streamLayeredImage: an image of many layers -> a program that writes it to stdout as a docker-archive (API.md).
{
  layeredImage,
  stream,
  imageResult,
}:
args:
let
  image = layeredImage "streamLayeredImage" args;
in
imageResult {
  inherit image;
  file = stream {
    name = "stream-${image.baseName}";
    inherit (image) recipe;
    tag = args.tag or null;
  };
  tag = args.tag or null;
  buildArgs = args;
  meta = args.meta or { };
  passthru = { isExe = true; } // args.passthru or { };
}
