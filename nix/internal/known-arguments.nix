# A function that says which of its arguments it does not know, and what was meant: Nix's own error knows no words of
# other tools. Its lib.functionArgs are those of the function that it is made of.
{
  lib,
  argumentWords,
  errors,
  nearest,
}:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    hasAttr
    head
    ;
  inherit (lib) functionArgs setFunctionArgs toLower;
  words = argumentWords;
  configKeys = attrNames (builtins.fromJSON (builtins.readFile ../../nixdock_hook/oci/config.json)).keys;
in
function: f:
let
  known = functionArgs f;

  # What to do instead of giving an argument.
  advice =
    argument:
    let
      called = filter (name: known ? ${name}) (words.same.${argument} or [ ]);
      keys = filter (key: toLower key == toLower argument) configKeys;
      near = nearest (attrNames known) argument;
    in
    if hasAttr argument (words.elsewhere.${function} or { }) then
      words.elsewhere.${function}.${argument}
    else if called != [ ] then
      "it is called ${head called} here"
    else if known ? config && keys != [ ] then
      "it belongs into config: config.${head keys}"
    else if near != null then
      "did you mean ${near}?"
    else
      "it has ${concatStringsSep ", " (attrNames known)}";

  said = map (argument: "there is no argument ${argument}: ${advice argument}");
in
setFunctionArgs (
  args:
  let
    unknown = removeAttrs args (attrNames known);
  in
  if unknown == { } then f args else (errors function).fail (concatStringsSep "; " (said (attrNames unknown)))
) known
