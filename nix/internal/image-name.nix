# An image's name as docker wants it, and the store's name for it.
# function: who asks, for the error. name, tag: as the user gave them.
{
  lib,
  errors,
  shown,
}:
{
  function,
  name,
  tag ? null,
}:
let
  inherit (errors function) fail;
  lower = lib.toLower name;

  # The grammar of github.com/distribution/reference; docker's own hub counts for the length of a name without a host.
  grammar = builtins.fromJSON (builtins.readFile ../../nixdock_hook/oci/reference.json);
  inherit (grammar) host component;
  parts = lib.splitString "/" lower;
  first = builtins.head parts;
  withHost =
    if builtins.length parts == 1 then
      "docker.io/library/${lower}"
    else if builtins.match ".*[.:].*|localhost" first != null then
      lower
    else
      "docker.io/${lower}";
  isName =
    builtins.stringLength withHost <= grammar.mostCharacters
    && builtins.match "(${host}/)?${component}(/${component})*" lower != null
    && builtins.match grammar.digest lower == null;
  isTag = builtins.match grammar.tag tag != null;
in
if !builtins.isString name then
  fail "name is ${shown name}, not a string"
else if builtins.match ".*:.*@.*" name != null then
  # The name is not repeated: there is a password in it.
  fail "the name has room for neither user nor password: write them to a file, with skopeo login --authfile"
else if !isName then
  fail "docker would refuse the name \"${name}\": use at most 255 letters, digits and single . _ - between them, parts separated by /"
else if tag != null && !(builtins.isString tag && isTag) then
  fail "docker would refuse the tag ${shown tag}: use at most 128 letters, digits, _ . - that do not begin with . or -"
else
  {
    imageName = lower;
    baseName = baseNameOf name;
  }
