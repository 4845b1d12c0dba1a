# buildNixShellImage: the environment of `nix-shell` on a derivation -> a docker-archive file (API.md).
# Takes the arguments of nix-shell-image.nix, and `compressor`.
{ buildLayeredImage, nixShellImage }:
args@{
  compressor ? "gz",
  ...
}:
buildLayeredImage (
  nixShellImage (removeAttrs args [ "compressor" ] // { function = "buildNixShellImage"; }) // { inherit compressor; }
)
