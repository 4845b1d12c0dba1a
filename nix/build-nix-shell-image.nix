# buildNixShellImage: the environment of `nix-shell` on a derivation -> a docker-archive file (API.md).
# Takes the arguments of nix-shell-image.nix, and `compressor`.
{
  pkgs,
  buildLayeredImage,
  nixShellImage,
}:
let
  inherit (pkgs) lib;
  arguments = nixShellImage "buildNixShellImage";
in
lib.setFunctionArgs (
  args@{
    compressor ? "gz",
    ...
  }:
  buildLayeredImage (arguments (removeAttrs args [ "compressor" ]) // { inherit compressor; })
) (lib.functionArgs arguments // { compressor = true; })
