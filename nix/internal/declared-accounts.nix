# The users and groups that a user declares: `users` and `groups` in the words of the step `declared-tree`, the `homes`
# and `files` to be made, and who has to be known besides (`defaultUser`).
{
  lib,
  declaredKeys,
  defaultUser,
  errors,
  shown,
}:
{
  function,
  users,
  groups,
  directories,
  files,
  hasFiles, # whether there are files, of a base or of trees, which may know users, too
  isScripted, # whether scripts may make users, which nobody knows before
  ...
}@content:
let
  inherit (builtins) elem filter head;
  inherit (lib) splitString;
  inherit (errors function) fail;

  checkedUsers = declaredKeys.accounts function "users" {
    inherit (declaredKeys) gid home shell;
    uid = declaredKeys.id "uid";
    description = declaredKeys.field "";
    groups = declaredKeys.names;
  } users;
  checkedGroups = declaredKeys.accounts function "groups" {
    gid = declaredKeys.id "gid";
    members = declaredKeys.names;
  } groups;

  # What stands for no home of one's own.
  isOwn = home: !elem home [ null "/" "/dev/null" "/nonexistent" "/var/empty" ];
  shellOf = given: "${given}${given.shellPath or ""}"; # of a package, as nixpkgs names it there

  runsAs = defaultUser content;
  isNobody = runsAs.lookedUp == "nobody" && users // groups != { };
in
{
  inherit checkedUsers checkedGroups; # for errors that name their arguments

  users = map (user: {
    inherit (user) name uid groups;
    gid = if user.gid == null then user.uid else user.gid;
    home = if user.home == null then "/var/empty" else user.home;
    shell = if user.shell == null then "/sbin/nologin" else shellOf user.shell;
    description = if user.description == null then "" else user.description;
  }) checkedUsers;
  groups = map (group: removeAttrs group [ "argument" ]) checkedGroups;

  # What they are written to, which is nobody else's to write.
  files =
    if users // groups == { } then
      [ ]
    else
      map (path: {
        inherit path;
        argument = if users == { } then "groups" else "users";
      }) [ "/etc/passwd" "/etc/group" ];

  homes = map (user: {
    path = user.home;
    mode = "0700";
    user = user.name;
    argument = "${user.argument}.home";
    isHome = true;
  }) (filter (user: isOwn user.home && !directories ? ${user.home}) checkedUsers);

  defaultUser =
    if runsAs.lookedUp == null || isScripted then
      ""
    else if hasFiles || files ? "/etc/passwd" || runsAs.isDeclared || isNobody then
      runsAs.lookedUp
    else
      fail "defaultUser is ${shown runsAs.lookedUp}, and nobody declares that user: write users.${head (splitString ":" runsAs.lookedUp)} = { uid = 1000; }";
}
