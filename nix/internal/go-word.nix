# The CPU that an image is for, a word of Go (GOARCH), as runtimes know it; or an error that has the right word for that
# of Nix, of Debian or of uname. function, argument: who asks for what, for the error.
{
  lib,
  errors,
  nearest,
  shown,
}:
let
  table = builtins.fromJSON (builtins.readFile ../../nixdock_hook/oci/platform.json);
  words = builtins.attrNames table.architectures;
  inherit (lib) toLower;
in
function: argument: word:
let
  fail = what: remedy: (errors function).fail "${argument} is ${shown word}, ${what}: write ${argument} = \"${remedy}\"";
  system = builtins.match "(.*)-linux" word; # x86_64-linux
  machine = toLower (if system == null then word else builtins.head system);
  meant = nearest (words ++ builtins.attrNames table.nixWords) machine;
  ofNix = word: table.nixWords.${word} or word;
in
if !builtins.isString word then
  fail "not a string" "amd64"
else if table.architectures ? ${word} then
  word
else if table.nixWords ? ${machine} || table.architectures ? ${machine} then
  fail "which runtimes call by Go's word ${ofNix machine}" (ofNix machine)
else
  fail "which is no architecture that runtimes know (${builtins.concatStringsSep ", " words})" (
    if meant == null then "amd64" else ofNix meant
  )
