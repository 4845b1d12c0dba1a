# What a user gave as a thing of the store (a package, a path, or a string: "${package}/share") -> its string, which
# begins with a store path: a builder sees nothing else of this machine.
{ isStringLike, shown }:
{
  function, # who asks, for the error
  subject, # "ARGUMENT is", or "ARGUMENT has" for one of several
  remedy ? "write a path without quotes, ./dir, or give a package",
}:
given:
let
  text = "${given}";
  prefix = "${builtins.storeDir}/";
  inStore = builtins.substring 0 (builtins.stringLength prefix) text == prefix;
in
if isStringLike given && inStore then
  text
else
  throw "nixdock: ${function}: ${subject} ${shown given}, which is not in the store: ${remedy}"
