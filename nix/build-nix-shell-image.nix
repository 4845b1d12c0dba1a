/**
  Build an image with the environment that `nix-shell` gives to a derivation, a docker-archive file. The shell runs as
  the user `nixbld`, and `buildDerivation` in it builds the derivation.

  # Type

  ```
  buildNixShellImage :: { drv, … } -> derivation (image)
  ```

  # Example

  ```nix
  buildNixShellImage {
    drv = pkgs.hello;
    run = "buildDerivation";
  }
  ```
*/
{
  lib,
  buildLayeredImage,
  nixShellImage,
  userFunction,
}:
let
  function = "buildNixShellImage";
  arguments = nixShellImage function;
  own = lib.functionArgs (
    {
      /** string: how the archive is compressed: `"gz"` (or `"gzip"`), `"zstd"` or `"none"`. */
      compressor ? "gz",
      /** string: how layers are compressed, as every image has it. */
      layerCompression ? "none",
    }:
    null
  );
in
userFunction function (
  lib.setFunctionArgs (
    args: buildLayeredImage (arguments (removeAttrs args (lib.attrNames own)) // builtins.intersectAttrs own args)
  ) (lib.functionArgs arguments // own)
)
