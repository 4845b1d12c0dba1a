# buildNixShellImage: the environment of `nix-shell` on a derivation -> a docker-archive file.
# Takes the arguments of nix-shell-image.nix, `compressor` and `layerCompression`.
{
  lib,
  buildLayeredImage,
  nixShellImage,
  userFunction,
}:
let
  function = "buildNixShellImage";
  arguments = nixShellImage function;
  own = {
    compressor = true;
    layerCompression = true;
  };
in
userFunction function (
  lib.setFunctionArgs (
    args: buildLayeredImage (arguments (removeAttrs args (lib.attrNames own)) // builtins.intersectAttrs own args)
  ) (lib.functionArgs arguments // own)
)
