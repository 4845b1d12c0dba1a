# A function that makes images, from what is its own: the arguments of image-arguments.nix are added.
# f: image -> given -> result. `image` has the common arguments, each with its default, for new-image.nix; `given` is what
# the user wrote. lib.functionArgs (f { }) are the function's own arguments.
{
  lib,
  hardened,
  imageArguments,
  userFunction,
  wellTyped,
}:
let
  inherit (builtins) intersectAttrs mapAttrs;
  those = word: mapAttrs (_: argument: argument.${word}) (lib.filterAttrs (_: argument: argument ? ${word}) imageArguments);
  defaults = those "default";
  types = those "types";
in
function: f:
userFunction function (
  lib.setFunctionArgs (
    given@{ name, ... }:
    let
      image =
        defaults
        // intersectAttrs imageArguments given
        // {
          inherit function;
          # Of the image's programs: where only `architecture` is given, a warning is enough.
          foreignProgramsAllowed = given ? architecture && !given ? checkArchitecture;
        };
    in
    assert wellTyped function types given;
    f (hardened image) given
  ) (mapAttrs (_: argument: argument ? default) imageArguments // lib.functionArgs (f { }))
)
