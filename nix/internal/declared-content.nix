# What users declare of a future `/` (users, directories, files …), checked and in the words of the step `declared-tree`;
# null where they declare nothing.
{
  lib,
  pkgs,
  checkedEntries,
  errors,
  localeArchive,
  shown,
}:
{
  function,
  users,
  groups,
  defaultUser,
  directories,
  files,
  symlinks,
  capabilities,
  tmp,
  certificates,
  shell,
  timeZone,
  locale,
  hasBase, # whose users the scripts and `defaultUser` may name, too
  ...
}:
let
  inherit (builtins)
    concatMap
    elem
    filter
    head
    match
    ;
  inherit (errors function) fail;

  # Paths are taken as they are written: two spellings of one would hide that they are the same.
  isPath =
    path:
    lib.hasPrefix "/" path
    && builtins.all (part: !elem part [ "" "." ".." ] && !lib.hasPrefix ".wh." part) (builtins.tail (lib.splitString "/" path))
    && !(path == "/nix/store" || lib.hasPrefix "/nix/store/" path);
  pathRemedy = "write an absolute path outside of /nix/store, without . and .. and without / at its end";
  isId = id: id >= 0 && id < 4294967296;
  isAccount = name: match "[a-z_][a-z0-9_-]{0,30}[$]?" name != null;
  areNames = builtins.all builtins.isString;
  isField = text: match ".*[:\n].*" text == null;

  id = word: {
    types = [ "int" ];
    is = isId;
    example = "a number, like ${word} = 1000";
  };
  owner = {
    default = null;
    types = [
      "string"
      "int"
      "null"
    ];
    is = value: value == null || (if builtins.isInt value then isId value else isAccount value);
    example = "a name or an id";
  };
  mode = default: {
    inherit default;
    types = [ "string" ];
    is = digits: match "[0-7]{3,4}|0[0-7]{4}" digits != null;
    example = "octal digits in quotes, like \"0755\"";
  };
  names = {
    default = [ ];
    types = [ "list" ];
    is = areNames;
    example = "a list of names";
  };
  field = default: {
    inherit default;
    types = [
      "string"
      "null"
    ];
    is = text: text == null || isField text;
    example = "a string without : and line breaks";
  };
  accounts =
    argument: keys:
    checkedEntries {
      inherit function argument keys;
      isName = isAccount;
      nameRemedy = "use at most 31 small letters, digits, _ and -, and begin with a letter";
    };
  paths =
    argument: keys:
    checkedEntries {
      inherit function argument keys;
      isName = isPath;
      nameRemedy = pathRemedy;
    };
  # `NAME = VALUE`, where a VALUE is all that there is to say.
  values =
    argument: key: what: given:
    map (entry: entry // { path = entry.name; }) (
      paths argument
        {
          ${key} = {
            types = [
              "string"
              "path"
              "set"
            ];
            is = lib.isStringLike;
            example = what;
          };
        }
        (
          lib.mapAttrs (
            path: value:
            if lib.isStringLike value then
              { ${key} = "${value}"; }
            else
              fail "${argument}.\"${path}\" is ${shown value}: write ${what}"
          ) given
        )
    );

  checkedUsers = map (user: user // { gid = if user.gid == null then user.uid else user.gid; }) (
    accounts "users" {
      uid = id "uid";
      gid = {
        default = null;
        types = [
          "int"
          "null"
        ];
        is = given: given == null || isId given;
        example = "a number, like gid = 1000";
      };
      home = field null // {
        is = home: home == null || (isField home && isPath home);
        example = "an absolute path";
      };
      shell = (field null) // {
        types = [
          "string"
          "path"
          "set"
          "null"
        ];
        is = given: given == null || lib.isStringLike given && lib.hasPrefix "/" "${given}" && isField "${given}";
        example = "the absolute path of a program, or null";
      };
      description = field "";
      groups = names;
    } users
  );
  checkedGroups = accounts "groups" {
    gid = id "gid";
    members = names;
  } groups;

  homes = map (user: {
    path = user.home;
    mode = "0700";
    user = user.name;
    group = null;
    inherit (user) argument;
  }) (filter (user: user.home != null && !directories ? ${user.home}) checkedUsers);
  place = entry: removeAttrs entry [ "name" ] // { path = entry.name; };

  checkedFiles = map (
    file:
    if (file.text == null) == (file.source == null) then
      fail "${file.argument} has ${if file.text == null then "no content" else "both text and source"}: give one of text and source"
    else
      place file // { source = if file.source == null then null else "${file.source}"; }
  ) (
    paths "files" {
      text = {
        default = null;
        types = [
          "string"
          "null"
        ];
        example = "a string";
      };
      source = {
        default = null;
        types = [
          "path"
          "string"
          "set"
          "null"
        ];
        is = given: given == null || lib.isStringLike given && lib.hasPrefix "${builtins.storeDir}/" "${given}";
        example = "a path without quotes, ./file, or a package's file";
      };
      mode = mode "";
      user = owner;
      group = owner;
    } files
  );

  link = argument: path: target: { inherit argument path target; };
  bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  archive = localeArchive function locale;
  zone =
    if timeZone == null || match "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*" timeZone != null then
      timeZone
    else
      fail "timeZone is ${shown timeZone}: write it as in the list of the time zone database, like \"Europe/Berlin\"";

  declared = {
    users = map (user: {
      inherit (user)
        name
        uid
        gid
        groups
        ;
      home = if user.home == null then "/var/empty" else user.home;
      shell = if user.shell == null then "/sbin/nologin" else "${user.shell}";
      description = if user.description == null then "" else user.description;
    }) checkedUsers;
    groups = map (group: removeAttrs group [ "argument" ]) checkedGroups;
    directories =
      (
        if tmp && !directories ? "/tmp" then
          [
            {
              path = "/tmp";
              argument = "tmp";
              mode = "1777";
            }
          ]
        else
          [ ]
      )
      ++ homes
      ++ map place (paths "directories" {
        mode = mode "0755";
        user = owner;
        group = owner;
      } directories);
    files =
      checkedFiles
      ++ (
        if zone == null then
          [ ]
        else
          [
            {
              path = "/usr/share/zoneinfo/${zone}";
              argument = "timeZone";
              source = "${pkgs.tzdata}/share/zoneinfo/${zone}";
            }
            {
              path = "/etc/timezone";
              argument = "timeZone";
              text = "${zone}\n";
            }
          ]
      );
    symlinks =
      (
        if shell then
          [
            (link "shell" "/bin/sh" "${pkgs.bashInteractive}/bin/bash")
            (link "shell" "/usr/bin/env" "${pkgs.coreutils}/bin/env")
          ]
        else
          [ ]
      )
      ++ (
        if certificates then
          map (path: link "certificates" path bundle) [
            "/etc/ssl/certs/ca-bundle.crt"
            "/etc/ssl/certs/ca-certificates.crt"
            "/etc/pki/tls/certs/ca-bundle.crt"
          ]
        else
          [ ]
      )
      ++ (if zone == null then [ ] else [ (link "timeZone" "/etc/localtime" "/usr/share/zoneinfo/${zone}") ])
      ++ (if archive == null then [ ] else [ (link "locale" "/usr/lib/locale/locale-archive" archive) ])
      ++ map (entry: removeAttrs entry [ "name" ]) (values "symlinks" "target" "what the link holds, a string" symlinks);
    capabilities = map (entry: removeAttrs entry [ "name" ]) (
      values "capabilities" "capability" "capabilities as setcap takes them, like \"cap_net_raw+ep\"" capabilities
    );
  };

  # True unless two of the declarations say something of one thing.
  once =
    what: entries: key:
    let
      those = value: filter (entry: entry.${key} == value) entries;
      double = filter (value: builtins.length (those value) > 1) (map (entry: entry.${key}) entries);
      arguments = map (entry: entry.argument) (those (head double));
    in
    double == [ ]
    || fail "${what} ${toString (head double)} is declared twice, by ${builtins.concatStringsSep " and " arguments}: leave one out";
  is = {
    noPathTwice = once "the path" (declared.files ++ declared.symlinks ++ declared.directories) "path";
    noUidTwice = once "the uid" checkedUsers "uid";
    noGidTwice = once "the gid" checkedGroups "gid";
    userKnown =
      hasBase || defaultUser == null || users ? ${defaultUser} || defaultUser == "root"
      || fail "defaultUser is ${shown defaultUser}, and nobody declares that user: write users.${defaultUser} = { uid = 1000; }";
  };
in
assert builtins.all (name: is.${name}) (builtins.attrNames is);
if concatMap (kind: declared.${kind}) (builtins.attrNames declared) == [ ] then null else declared
