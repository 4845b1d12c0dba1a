# What a user declares by name, checked: { NAME = { KEY = VALUE; }; } -> [ { argument, name, KEY = VALUE or its default } ].
# Errors name the argument as the user writes it, users.app.uid.
{
  lib,
  errors,
  nearest,
  shown,
  written,
}:
{
  function,
  argument,
  isName ? lib.hasPrefix "/", # what a name has to be
  nameRemedy ? "begin it with /",
  keys, # KEY -> { types; default ?; is ?; remedy ? }: `types` as builtins.typeOf has them, `is` what else holds
}:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    typeOf
    ;
  inherit (errors function) fail;
  known = concatStringsSep ", " (attrNames keys);

  value =
    at: given: key: rule:
    if !given ? ${key} then
      rule.default or (fail "${at} has no ${key}: write ${at}.${key} = ${rule.example}")
    else if !elem (typeOf given.${key}) rule.types then
      fail "${at}.${key} is ${shown given.${key}}: write ${rule.example}"
    else if !(rule.is or (_: true)) given.${key} then
      fail "${at}.${key} is ${written given.${key}}: write ${rule.example}"
    else
      given.${key};

  entry =
    name: given:
    let
      at = "${argument}.${if builtins.match "[A-Za-z_][A-Za-z0-9_-]*" name == null then "\"${name}\"" else name}";
      unknown = filter (key: !keys ? ${key}) (attrNames given);
      meant = nearest (attrNames keys) (builtins.head unknown);
    in
    if !isName name then
      fail "${argument} has the name ${shown name}: ${nameRemedy}"
    else if !builtins.isAttrs given || lib.isDerivation given then
      fail "${at} is ${shown given}, not a set: it has ${known}"
    else if unknown != [ ] then
      fail "${at} has no ${builtins.head unknown}: ${if meant == null then "it has ${known}" else "did you mean ${meant}?"}"
    else
      {
        inherit name;
        argument = at;
      }
      // builtins.mapAttrs (value at given) keys;
in
lib.mapAttrsToList entry
