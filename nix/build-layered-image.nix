/**
  Build an image of many layers, a docker-archive file for `docker load`: store paths in layers that are planned so that
  an update makes little to be pulled again, the most stable first, and last the customisation layer with links to
  `contents` and what the scripts made.

  A layer of one store path has the same bytes in every image, so that images share what they have in common.
  `nixdock plan` shows what is in which layer, and what a change sends again.

  # Type

  ```
  buildLayeredImage :: { name, … } -> derivation (image)
  ```

  # Example

  ```nix
  buildLayeredImage {
    name = "hello";
    contents = [ pkgs.hello ];
    config.Cmd = [ "/bin/hello" ];
    layerHints.often = [ pkgs.hello ];
  }
  ```
*/
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
    /** string: how the archive is compressed: `"gz"` (or `"gzip"`), `"zstd"` or `"none"`, which is the default with `layerCompression`. */
    compressor ? "gz",
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
