# buildLayeredImage: an image of many layers -> a docker-archive file (API.md).
{
  layeredImage,
  archive,
  imageResult,
}:
args@{
  compressor ? "gz",
  ...
}:
let
  function = "buildLayeredImage";
  image = layeredImage function (removeAttrs args [ "compressor" ]);
in
imageResult {
  inherit image;
  file = archive {
    inherit function compressor;
    inherit (image) recipe;
    name = image.baseName;
    tag = args.tag or null;
  };
  tag = args.tag or null;
  buildArgs = args;
  meta = args.meta or { };
  passthru = args.passthru or { };
}
