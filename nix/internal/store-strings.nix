# What users put into an image (null, one thing or a list; in lists, as in a derivation's environment, lists count for
# what is in them and null for nothing) -> strings that begin with a store path.
# function, argument: who asks for what, for the error.
{ lib, storeString }:
function: argument: given:
map (storeString {
  inherit function;
  subject = "${argument} has";
}) (builtins.filter (item: item != null) (lib.flatten given))
