# What users declare of a future `/` (users, directories, files …), checked and in the words of the step `declared-tree`;
# null where they declare nothing.
{
  declaredAccounts,
  declaredPlaces,
  declaredShorthands,
  errors,
}:
{ function, ... }@content:
let
  inherit (builtins) attrNames filter head;
  accounts = declaredAccounts content;
  places = declaredPlaces content;
  shorthands = declaredShorthands content;

  declared = {
    inherit (accounts) users groups defaultUser;
    inherit (places) capabilities;
    directories = shorthands.directories ++ accounts.homes ++ places.directories;
    files = places.files ++ shorthands.files;
    symlinks = shorthands.symlinks ++ places.symlinks;
  };

  # True unless two of the declarations say something of one thing.
  once =
    what: entries: key:
    let
      those = builtins.groupBy (entry: builtins.unsafeDiscardStringContext (toString entry.${key})) entries;
      double = filter (value: builtins.length those.${value} > 1) (attrNames those);
      arguments = map (entry: entry.argument) those.${head double};
    in
    double == [ ]
    || (errors function).fail "${what} ${head double} is declared twice, by ${builtins.concatStringsSep " and " arguments}: leave one out";
in
assert once "the path" (
  accounts.files ++ declared.files ++ declared.symlinks ++ declared.directories
) "path";
assert once "the uid" accounts.checkedUsers "uid";
assert once "the gid" accounts.checkedGroups "gid";
if builtins.all (kind: declared.${kind} == [ ] || declared.${kind} == "") (attrNames declared) then null else declared
