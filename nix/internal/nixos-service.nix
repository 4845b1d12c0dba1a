# One service of a NixOS configuration in the arguments of buildLayeredImage: what its unit says of the program, its user,
# environment and directories (systemd.exec(5)). What confines it (Protect…, Private…, capabilities, limits), and what
# restarts, reloads or stops it, is the runtime's.
{
  lib,
  pkgs,
  errors,
  nearest,
  shown,
  systemdWords,
}:
function: config: service:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    elem
    elemAt
    filter
    head
    listToAttrs
    match
    split
    tail
    ;
  inherit (lib)
    hasInfix
    hasPrefix
    nameValuePair
    optionalAttrs
    ;
  inherit (errors function) fail;
  at = "systemd.services.${service}";
  failKey = key: what: fail "${at}.serviceConfig.${key} ${what}";
  meant = nearest (attrNames config.systemd.services) service;
  definition =
    config.systemd.services.${service}
      or (fail "there is no ${at}: ${if meant == null then "name one of the configuration" else "did you mean ${meant}?"}");
  unit = lib.filterAttrs (_: value: value != null && value != "" && value != [ ]) definition.serviceConfig;
  values = key: map (value: "${value}") (filter (value: value != "") (lib.toList (unit.${key} or [ ])));
  wordsIn =
    key: variables: text:
    systemdWords {
      inherit specifiers variables;
      fail = what: failKey key "has ${what}: it is ${shown text}";
    } text;
  words = key: concatMap (wordsIn key null) (values key);
  specifiers = {
    n = "${service}.service";
    N = service;
    p = service;
    u = user;
    t = "/run";
    S = "/var/lib";
    C = "/var/cache";
    L = "/var/log";
    E = "/etc";
    T = "/tmp";
    V = "/var/tmp";
  };

  # What would be missed in silence.
  missed =
    filter (key: unit ? ${key}) [
      "BindPaths"
      "BindReadOnlyPaths"
      "ExecCondition"
      "ExecStartPost"
      "ImportCredential"
      "LoadCredential"
      "LoadCredentialEncrypted"
      "PAMName"
      "RootDirectory"
      "RootImage"
      "SetCredential"
      "SetCredentialEncrypted"
    ]
    ++ filter (key: !all (hasPrefix "-") (values key)) [ "EnvironmentFile" ]; # with "-" it may be missing
  insteadOf = "set it to lib.mkForce [ ], and do the like in ExecStart or where the container is run";
  inForeground = "have it stay in the foreground, with Type = lib.mkForce \"exec\"";
  listening = "set systemd.sockets.${service}.enable = false, and have it listen itself";
  is = {
    independent = missed == [ ] || failKey (head missed) "needs systemd: ${insteadOf}";
    itsOwnListener =
      !config.systemd.sockets.${service}.enable or false
      || fail "systemd.sockets.${service} has systemd listen for it: ${listening}";
    inForeground =
      !elem (unit.Type or "simple") [
        "dbus"
        "forking"
      ]
      || failKey "Type" "is ${shown unit.Type}, and a container ends with its first process: ${inForeground}";
  };

  dynamic = elem (toString (unit.DynamicUser or false)) [
    "1" # of true
    "on"
    "true"
    "yes"
  ];
  user = toString (unit.User or (if dynamic then service else "root"));
  unknown = if dynamic then { } else failKey "User" "is ${shown user}: declare users.users.${user}";
  account = config.users.users.${user} or unknown;
  home = account.home or "/var/empty";
  group = toString (unit.Group or account.group or user);
  groups = lib.unique ([ group ] ++ words "SupplementaryGroups" ++ account.extraGroups or [ ]);
  # NixOS gives those without a number one from 999 downwards, which each machine remembers.
  idOr = number: id: if id == null then number else id;
  gids = listToAttrs (
    builtins.genList (
      n: nameValuePair (elemAt groups n) { gid = idOr (999 - n) (config.users.groups.${elemAt groups n}.gid or null); }
    ) (builtins.length groups)
  );

  # Kinds of directories that the service has: where they are.
  paths = lib.filterAttrs (_: paths: paths != [ ]) (
    lib.mapAttrs (kind: place: map (name: "${place}/${name}") (words "${kind}Directory")) {
      Runtime = "/run";
      State = "/var/lib";
      Cache = "/var/cache";
      Logs = "/var/log";
      Configuration = "/etc";
    }
  );
  directory =
    kind: path:
    nameValuePair path (
      { mode = unit."${kind}DirectoryMode" or "0755"; } // optionalAttrs (kind != "Configuration") { inherit user group; }
    );

  # systemd itself is in the PATH of every service, and would be in the image.
  pathOf = packages: "${lib.makeBinPath packages}:${lib.makeSearchPath "sbin" (map lib.getBin packages)}";
  path = definition.path or [ ];
  withoutSystemd = filter (package: "${package}" != "${config.systemd.package or ""}") path;
  assigned =
    text:
    let
      name = head (lib.splitString "=" text);
    in
    nameValuePair name (lib.removePrefix "${name}=" text);
  variables = lib.filterAttrs (_: value: value != null) (
    config.systemd.globalEnvironment or { }
    // definition.environment
    // optionalAttrs (definition.environment.PATH or "" == pathOf path) { PATH = pathOf withoutSystemd; }
    // lib.mapAttrs' (kind: paths: nameValuePair "${lib.toUpper kind}_DIRECTORY" (lib.concatStringsSep ":" paths)) paths
    // lib.genAttrs [ "USER" "LOGNAME" ] (_: user)
    // listToAttrs (map assigned (words "Environment"))
  );

  # A command, which may begin with signs.
  command =
    key: text:
    let
      signs = head (match "[[:space:]]*([-@:+!|]*).*" text);
      has = sign: hasInfix sign signs;
      given = wordsIn key (if has ":" then null else variables) text;
      named = has "@"; # its second word is what the program finds as its own name
    in
    if user != "root" && (has "+" || has "!") then
      failKey key "begins with ${signs}, to run as root: have it run as ${user}"
    else
      {
        name = if named then elemAt given 1 else null;
        words = [ (lib.removePrefix signs (head given)) ] ++ (if named then tail (tail given) else tail given);
        mayFail = has "-";
      };
  before = map (command "ExecStartPre") (values "ExecStartPre");
  starts = map (command "ExecStart") (values "ExecStart");
  commands = "has ${toString (builtins.length starts)} commands, and a container one: write a script of them";
  start = if builtins.length starts == 1 then head starts else failKey "ExecStart" commands;
  line =
    one:
    "${lib.optionalString (one.name != null) "exec -a ${lib.escapeShellArg one.name} "}${lib.escapeShellArgs one.words}";
  script = pkgs.writeShellScript "${service}-start" ''
    set -e
    umask ${unit.UMask or "0022"}
    ${lib.concatMapStrings (one: "(${line one})${lib.optionalString one.mayFail " || true"}\n") before}
    ${lib.optionalString (start.name == null) "exec "}${line start}
  '';
  isPlain = before == [ ] && start.name == null && !unit ? UMask;

  # Of /etc what the service mentions, and certificates.
  texts = toString (concatMap (one: one.words) (before ++ [ start ]) ++ map toString (builtins.attrValues variables));
  mentioned = map head (filter builtins.isList (split "(/etc/[^][:space:]:=,;\"']+)" texts));
  wanted = mentioned ++ [
    "/etc/pki/tls/certs"
    "/etc/ssl/certs"
  ];
  isWanted = path: builtins.any (at: path == at || hasPrefix "${at}/" path) wanted;
  etc = filter (file: file.enable && isWanted "/etc/${file.target}") (builtins.attrValues config.environment.etc);
in
assert all (name: is.${name}) (attrNames is);
{
  name = service;
  users.${user} = {
    uid = idOr 999 (account.uid or null);
    gid = gids.${group}.gid;
    groups = tail groups;
  }
  // optionalAttrs (home != "/var/empty") { inherit home; };
  groups = gids;
  defaultUser = user;
  tmp = true;
  directories = listToAttrs (concatMap (kind: map (directory kind) paths.${kind}) (attrNames paths));
  symlinks = listToAttrs (map (file: nameValuePair "/etc/${file.target}" file.source) etc);
  config = {
    Entrypoint = if isPlain then start.words else [ "${script}" ];
    Env = lib.mapAttrsToList (name: value: "${name}=${value}") variables;
  }
  // optionalAttrs (unit ? WorkingDirectory) {
    WorkingDir = lib.removePrefix "-" (builtins.replaceStrings [ "~" ] [ home ] (head (words "WorkingDirectory")));
  }
  // optionalAttrs (unit ? KillSignal) { StopSignal = unit.KillSignal; };
}
