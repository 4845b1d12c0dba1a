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
in
userFunction function (
  lib.setFunctionArgs (
    args@{
      /** string: how the archive is compressed: `"gz"` (or `"gzip"`), `"zstd"` or `"none"`. */
      compressor ? "gz",
      ...
    }:
    buildLayeredImage (arguments (removeAttrs args [ "compressor" ]) // { inherit compressor; })
  ) (lib.functionArgs arguments // { compressor = true; })
)
