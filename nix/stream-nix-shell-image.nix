/**
  Make the image of `buildNixShellImage` as a program that writes the docker-archive to stdout.

  # Type

  ```
  streamNixShellImage :: { drv, … } -> derivation (program)
  ```

  # Example

  ```nix
  streamNixShellImage { drv = pkgs.hello; }
  # $(nix-build) | docker load, then docker run -it
  ```
*/
{
  lib,
  nixShellImage,
  streamLayeredImage,
  userFunction,
}:
let
  function = "streamNixShellImage";
  arguments = nixShellImage function;
  own = lib.functionArgs (
    {
      /** string: how layers are compressed, as every image has it. */
      layerCompression ? "none",
    }:
    null
  );
in
userFunction function (
  lib.setFunctionArgs (
    args: streamLayeredImage (arguments (removeAttrs args (lib.attrNames own)) // builtins.intersectAttrs own args)
  ) (lib.functionArgs arguments // own)
)
