# streamNixShellImage: the environment of `nix-shell` on a derivation -> a program that writes a
# docker-archive (API.md). Takes the arguments of nix-shell-image.nix.
{ streamLayeredImage, nixShellImage }:
args: streamLayeredImage (nixShellImage (args // { function = "streamNixShellImage"; }))
