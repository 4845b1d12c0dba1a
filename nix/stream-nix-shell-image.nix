# streamNixShellImage: the environment of `nix-shell` on a derivation -> a program that writes a
# docker-archive. Takes the arguments of nix-shell-image.nix, and `layerCompression`.
{
  lib,
  nixShellImage,
  streamLayeredImage,
  userFunction,
}:
let
  function = "streamNixShellImage";
  arguments = nixShellImage function;
  own.layerCompression = true;
in
userFunction function (
  lib.setFunctionArgs (
    args: streamLayeredImage (arguments (removeAttrs args (lib.attrNames own)) // builtins.intersectAttrs own args)
  ) (lib.functionArgs arguments // own)
)
