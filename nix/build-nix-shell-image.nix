# buildNixShellImage: the environment of `nix-shell` on a derivation -> a docker-archive file.
# Takes the arguments of nix-shell-image.nix, and `compressor`.
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
      compressor ? "gz",
      ...
    }:
    buildLayeredImage (arguments (removeAttrs args [ "compressor" ]) // { inherit compressor; })
  ) (lib.functionArgs arguments // { compressor = true; })
)
