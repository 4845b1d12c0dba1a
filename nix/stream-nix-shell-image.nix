# streamNixShellImage: the environment of `nix-shell` on a derivation -> a program that writes a
# docker-archive. Takes the arguments of nix-shell-image.nix.
{
  lib,
  nixShellImage,
  streamLayeredImage,
  userFunction,
}:
let
  function = "streamNixShellImage";
  arguments = nixShellImage function;
in
userFunction function (
  lib.setFunctionArgs (args: streamLayeredImage (arguments args)) (lib.functionArgs arguments)
)
