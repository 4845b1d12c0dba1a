# What users put into an image (null, one thing or a list; in lists, as in a derivation's environment, lists count for
# what is in them and null for nothing) -> strings that begin with a store path.
# function, argument: who asks for what, for the error.
{ pkgs }:
function: argument: given:
let
  inherit (pkgs) lib;
  string =
    item:
    let
      text = "${item}";
    in
    if lib.hasPrefix "${builtins.storeDir}/" text then
      text
    else
      throw "nixdock: ${function}: ${argument} has \"${text}\", which is not in the store: write a path without quotes, ./dir, or give a package";
in
map string (builtins.filter (item: item != null) (lib.flatten given))
