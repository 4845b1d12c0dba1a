# One service of a NixOS configuration in the arguments of buildLayeredImage: what its unit says of the program, its
# user, environment and directories (systemd.exec(5)). What confines it (Protect…, Private…, capabilities, limits), and
# what restarts, reloads or stops it, is the runtime's.
{ lib, pkgs }:
fail: config: service:
let
  inherit (builtins) concatMap elem filter head isList match replaceStrings split substring toJSON;
  inherit (lib) concatStringsSep nameValuePair optional optionalAttrs;
  at = "systemd.services.${service}";
  failKey = key: what: fail "${at}.serviceConfig.${key} ${what}";
  declared = config.systemd.services.${service} or (fail "there is no ${at}: name one of the configuration");
  unit = { WorkingDirectory = "/"; } // lib.filterAttrs (_: value: !elem value [ null "" [ ] ]) declared.serviceConfig;
  values = key: map toString (filter (value: value != "") (lib.toList (unit.${key} or [ ])));

  # What would be missed in silence. An EnvironmentFile with - may be missing.
  isLost = key: match "Bind.*Paths|Exec(Condition|StartPost)|.*Credential.*|PAMName|Root(Directory|Image)" key != null;
  missed =
    filter isLost (builtins.attrNames unit)
    ++ optional (!builtins.all (lib.hasPrefix "-") (values "EnvironmentFile")) "EnvironmentFile"
    ++ optional (elem (unit.Type or null) [ "dbus" "forking" ]) "Type = ${unit.Type} (stay in the foreground)"
    ++ optional (config.systemd.sockets.${service}.enable or false) "systemd.sockets.${service} (listen without it)"
    ++ optional (builtins.length (values "ExecStart") != 1) "several ExecStart, or none";

  # A text for a shell that neither splits variables nor knows patterns. All that is in it has to match `pieces`, which
  # it reads as systemd does (systemd.syntax(7), "QUOTING"; systemd.service(5), "COMMAND LINES").
  read =
    pieces: key: text:
    let
      strange = lib.concatStrings (filter builtins.isString (split "(${pieces})" text));
      meanings = [ "%" service "/run" "/var/lib" "/var/cache" "/var/log" "\\$" "\"\"\${" " " " " ];
    in
    if strange == "" then
      replaceStrings [ "%%" "%N" "%t" "%S" "%C" "%L" "$$" "\${" "\\\n" "\n" ] meanings text
    else
      failKey key "has ${strange}, which only systemd understands: write ${toJSON text} without it";
  wordsOf = text: map (word: substring 0 0 text + word) (lib.subtractLists [ "" [ ] ] (split "[[:space:]]+" text));
  words = key: concatMap (text: wordsOf (read ''[^"'\\$%]|%[%NtSCL]'' key text)) (values key);

  # A command, which may fail with - before it. After @ the second word is what the program finds as its own name.
  line =
    key: text:
    let
      given = lib.removePrefix "-" text;
      named = if key == "ExecStart" then match "@(/[^[:space:]]+)([[:space:]]+[^[:space:]]+)(.*)" given else null;
      renamed = "${substring 0 0 text}-a${builtins.elemAt named 1} ${head named}${lib.last named}";
      sign = "%[%NtSCL]|[$][$]|[$][{][A-Za-z0-9_]+[}]|\\\\\n";
      pieces = ''[^"'\\$%;&|<>()~#`]|"([^"\\$%`]|\\["\\]|${sign})*"|'([^'\\$%]|%[%NtSCL])*'|${sign}'';
    in
    if named != null || match "[[:space:]]*[\"']?/.*" given != null then
      read pieces key (if named == null then given else renamed) + lib.optionalString (given != text) " || true"
    else
      failKey key "is ${toJSON text}: begin it with the path of a program, or with - and that";
  lines = concatMap (key: map (line key) (values key)) [ "ExecStartPre" "ExecStart" ];
  isPlain = builtins.length lines == 1 && !unit ? UMask && match ''[[:space:]]*/[^"'\\$|]*'' (head lines) != null;
  script = pkgs.writeShellScript "service-start" ''
    set -efu +B
    IFS=
    umask ${toString (unit.UMask or "0022")}
    ${concatStringsSep "\n" (lib.init lines ++ [ "exec ${lib.last lines}" ])}
  '';

  dynamic = elem (toString (unit.DynamicUser or false)) [ "1" "on" "true" "yes" ];
  user = toString (unit.User or (if dynamic then service else "root"));
  account = config.users.users.${user} or (if dynamic then { } else failKey "User" "needs users.users.${user}");
  home = account.home or "/var/empty";
  group = toString (unit.Group or account.group or user);
  groups = lib.unique ([ group ] ++ words "SupplementaryGroups" ++ account.extraGroups or [ ]);
  # NixOS numbers those that say no number from 999 downwards, which each machine remembers.
  numbered = n: id: if id == null then 999 - n else id;
  number = n: name: nameValuePair name { gid = numbered n (config.users.groups.${name}.gid or null); };
  numbers = builtins.listToAttrs (lib.imap0 number groups);

  # Where the directories of each kind are that a service may have.
  places = {
    RuntimeDirectory = "/run";
    StateDirectory = "/var/lib";
    CacheDirectory = "/var/cache";
    LogsDirectory = "/var/log";
    ConfigurationDirectory = "/etc";
  };
  paths = lib.mapAttrs (key: place: map (name: "${place}/${name}") (words key)) (builtins.intersectAttrs unit places);
  owner = key: optionalAttrs (key != "ConfigurationDirectory") { inherit user group; };
  directory = key: _: { mode = toString (unit."${key}Mode" or "0755"); } // owner key;

  # systemd itself is in the PATH of every service, and would be in the image.
  searched = packages: "${lib.makeBinPath packages}:${lib.makeSearchPath "sbin" (map lib.getBin packages)}";
  withoutSystemd = filter (package: "${package}" != "${config.systemd.package}") declared.path;
  variable = key: lib.toUpper (replaceStrings [ "D" ] [ "_D" ] key);
  variables = lib.filterAttrs (_: value: value != null) (
    config.systemd.globalEnvironment or { }
    // declared.environment
    // optionalAttrs (declared.environment.PATH or "" == searched declared.path) { PATH = searched withoutSystemd; }
    // lib.mapAttrs' (key: paths: nameValuePair (variable key) (concatStringsSep ":" paths)) paths
    // lib.genAttrs [ "USER" "LOGNAME" ] (_: user)
  );
  Env = lib.mapAttrsToList (name: value: "${name}=${value}") variables ++ words "Environment";

  # Of /etc what the service mentions, and certificates.
  mentioned = map head (filter isList (split "/etc/([^][:space:]:=,;\"'/]+)" (toString (lines ++ Env))));
  isCertificate = file: elem (dirOf file.target) [ "ssl/certs" "pki/tls/certs" ];
  isWanted = _: file: file.enable && (isCertificate file || elem (head (lib.splitString "/" file.target)) mentioned);
  link = _: file: nameValuePair "/etc/${file.target}" "${file.source}";
in
if missed != [ ] then
  fail "${at} has ${head missed}, which wants systemd: use lib.mkForce, and do the like in ExecStart or where it is run"
else
  {
    name = service;
    users.${user} = numbers.${group} // {
      inherit home;
      uid = numbered 0 (account.uid or null);
      groups = builtins.tail groups;
    };
    groups = numbers;
    defaultUser = user;
    tmp = true;
    directories = lib.concatMapAttrs (key: paths: lib.genAttrs paths (directory key)) paths;
    symlinks = lib.mapAttrs' link (lib.filterAttrs isWanted config.environment.etc);
    config = {
      inherit Env;
      Entrypoint = if isPlain then wordsOf (head lines) else [ "${script}" ];
      StopSignal = toString (unit.KillSignal or "SIGTERM");
      WorkingDir = lib.removePrefix "-" (replaceStrings [ "~" ] [ home ] (toString (words "WorkingDirectory")));
    };
  }
