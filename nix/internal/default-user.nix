# `defaultUser`, USER or USER:GROUP, names or ids: `value` of config.User (ids of what is declared), and `lookedUp`, which
# the image's files have to know: null where there is nothing to look for. isDeclared: whether that is for the group alone.
{ errors, shown }:
{
  function,
  users,
  groups,
  defaultUser,
  ...
}:
let
  inherit (builtins) elemAt match;
  inherit (errors function) fail;
  parts = match "([^:[:space:]]+)(:([^:[:space:]]+))?" defaultUser;
  user = elemAt parts 0;
  group = elemAt parts 2;
  isId = name: match "0|[1-9][0-9]{0,9}" name != null;
  # What docker, containerd and podman take for config.User (github.com/moby/sys/user); files may have larger ids.
  most = 2147483647;
  runnable =
    id:
    if id <= most then
      toString id
    else
      fail "defaultUser is ${shown defaultUser}, with the id ${toString id}: use one up to ${toString most}, runtimes run no other";
  # declared-accounts.nix says what is wrong with an id that is none.
  ids =
    declared: key: name:
    if isId name then
      runnable (builtins.fromJSON name)
    else if builtins.isInt (declared.${name}.${key} or null) then
      runnable declared.${name}.${key}
    else
      name;
  isKnown = declared: name: isId name || declared ? ${name} || name == "root";
in
if defaultUser == null then
  {
    value = null;
    lookedUp = null;
    isDeclared = true;
  }
else if parts == null then
  fail "defaultUser is ${shown defaultUser}: write the name of a user, like \"app\", or ids, like \"1000:1000\""
else
  {
    value = ids users "uid" user + (if group == null then "" else ":" + ids groups "gid" group);
    isDeclared = isKnown users user;
    lookedUp = if isKnown users user && (group == null || isKnown groups group) then null else defaultUser;
  }
