# streamNixShellImage: the environment of `nix-shell` on a derivation -> a program that writes a
# docker-archive (API.md). Takes the arguments of nix-shell-image.nix.
{
  pkgs,
  streamLayeredImage,
  nixShellImage,
}:
let
  inherit (pkgs) lib;
  arguments = nixShellImage "streamNixShellImage";
in
lib.setFunctionArgs (args: streamLayeredImage (arguments args)) (lib.functionArgs arguments)
