# What a user gave as a thing of the store (a package, a path, or a string: "${package}/share") -> its string, which
# begins with a store path: a builder sees nothing else of this machine.
{
  lib,
  errors,
  shown,
}:
{
  function, # who asks, for the error
  subject, # "ARGUMENT is", or "ARGUMENT has" for one of several
  remedy ? "write a path without quotes, ./dir, or give a package",
}:
given:
let
  text = "${given}";
in
if lib.isStringLike given && lib.hasPrefix "${builtins.storeDir}/" text then
  text
else
  (errors function).fail "${subject} ${shown given}, which is not in the store: ${remedy}"
