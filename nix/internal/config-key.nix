# A key of the `config` that a user gave, in any case of letters, which checked-config.nix corrects: config -> key ->
# { name; value; }. Where the user has none, and where `config` is no set, the value is null.
{ lib }:
config: key:
let
  keys = if builtins.isAttrs config && !lib.isStringLike config then builtins.attrNames config else [ ];
  name = lib.findFirst (name: lib.toLower name == lib.toLower key) null keys;
in
{
  name = if name == null then key else name;
  value = if name == null then null else config.${name};
}
