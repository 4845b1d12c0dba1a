# buildLayeredImage: an image of many layers -> a docker-archive file (API.md).
{
  pkgs,
  layeredImage,
  archive,
  imageResult,
}:
let
  inherit (pkgs) lib;
  function = "buildLayeredImage";
  make = layeredImage function;
in
lib.setFunctionArgs (
  args@{
    compressor ? "gz",
    ...
  }:
  let
    image = make (removeAttrs args [ "compressor" ]);
    tag = args.tag or null;
  in
  imageResult {
    inherit tag;
    image = _: image;
    arguments = args;
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
) (lib.functionArgs make // { compressor = true; })
