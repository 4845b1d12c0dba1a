# One service of a NixOS configuration in the arguments of buildLayeredImage: what its unit says of the program, its user,
# environment and directories. What confines it (Protect…, Private…, capabilities, limits), and what restarts, reloads or
# stops it, is the runtime's.
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
  inherit (builtins) all attrNames concatMap elem elemAt filter genList head isString match split;
  inherit (lib) hasPrefix mapAttrs' nameValuePair optionalAttrs;
  inherit (errors function) fail;
  at = "systemd.services.${service}";
  failKey = key: what: remedy: fail "${at}.serviceConfig.${key} ${what}: ${remedy}";
  meant = nearest (attrNames config.systemd.services) service;
  definition =
    config.systemd.services.${service}
      or (fail "there is no ${at}: ${if meant == null then "name one of the configuration" else "did you mean ${meant}?"}");
  unit = lib.filterAttrs (_: value: value != null && value != "" && value != [ ]) definition.serviceConfig;
  values = key: map (value: "${value}") (filter (value: value != "") (lib.toList (unit.${key} or [ ])));
  wordsIn = key: text: systemdWords { inherit specifiers; fail = what: failKey key "has ${what}" "it is ${shown text}"; } text;
  words = key: concatMap (wordsIn key) (values key);
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
  is = {
    itsOwnMaster = missed == [ ] || failKey (head missed) "is for systemd to do" "set it to lib.mkForce [ ], and do it where the container is run";
    itsOwnListener =
      !config.systemd.sockets.${service}.enable or false
      || fail "systemd.sockets.${service} has systemd listen for it: set systemd.sockets.${service}.enable = false, and have ${service} listen";
    inForeground =
      !elem (unit.Type or "simple") [ "forking" "dbus" ]
      || failKey "Type" "is ${shown unit.Type}, and a container ends with its first process" "have it stay in the foreground, with Type = lib.mkForce \"exec\"";
  };

  dynamic = elem (unit.DynamicUser or false) [ true "true" "yes" "on" "1" ];
  user = toString (unit.User or (if dynamic then service else "root"));
  account = config.users.users.${user} or (if dynamic then { } else failKey "User" "is ${shown user}" "declare users.users.${user}");
  group = toString (unit.Group or account.group or user);
  groups = lib.unique ([ group ] ++ words "SupplementaryGroups" ++ account.extraGroups or [ ]);
  # NixOS counts down from 999 for those without a number, in an order that a machine remembers.
  idOr = number: id: if id == null then number else id;
  gidOf = n: nameValuePair (elemAt groups n) { gid = idOr (999 - n) (config.users.groups.${elemAt groups n}.gid or null); };
  gids = builtins.listToAttrs (genList gidOf (builtins.length groups));

  places = {
    RuntimeDirectory = "/run";
    StateDirectory = "/var/lib";
    CacheDirectory = "/var/cache";
    LogsDirectory = "/var/log";
    ConfigurationDirectory = "/etc";
  };
  paths = lib.filterAttrs (_: paths: paths != [ ]) (lib.mapAttrs (key: place: map (name: "${place}/${name}") (words key)) places);
  owner = key: optionalAttrs (key != "ConfigurationDirectory") { inherit user group; };
  directory = key: path: nameValuePair path ({ mode = unit."${key}Mode" or "0755"; } // owner key);

  # systemd is in the PATH of every service, and with it in the image.
  pathOf = packages: "${lib.makeBinPath packages}:${lib.makeSearchPath "sbin" (map lib.getBin packages)}";
  path = definition.path or [ ];
  isSystemd = package: "${package}" == "${config.systemd.package or ""}";
  assigned = text: let parts = match "([^=]*)=(.*)" text; in nameValuePair (head parts) "${builtins.substring 0 0 text}${elemAt parts 1}";
  variables = lib.filterAttrs (_: value: value != null) (
    config.systemd.globalEnvironment or { }
    // definition.environment
    // optionalAttrs (definition.environment.PATH or "" == pathOf path) { PATH = pathOf (filter (package: !isSystemd package) path); }
    // { USER = user; LOGNAME = user; }
    // mapAttrs' (key: paths: nameValuePair (lib.toUpper (lib.removeSuffix "Directory" key) + "_DIRECTORY") (lib.concatStringsSep ":" paths)) paths
    // builtins.listToAttrs (map assigned (words "Environment"))
  );

  # A command's words, with its variables: one that is the whole word stands for several.
  variable = key: name: "${variables.${name} or (failKey key "mentions \$${name}" "set ${at}.environment.${name}")}";
  inWord = key: part: if isString part then part else if head part == "$" then "$" else variable key (elemAt part 1);
  filled =
    key: word:
    let
      whole = match "[$]([A-Za-z_][A-Za-z0-9_]*)" word;
    in
    if whole == null then
      [ (builtins.substring 0 0 word + lib.concatMapStrings (inWord key) (split "[$]([$]|[{]([^}]*)[}])" word)) ]
    else
      filter (part: part != "") (lib.splitString " " (variable key (head whole)));
  command =
    key: text:
    let
      read = wordsIn key text;
      parts = match "([-@:+!|]*)(.*)" (head read);
      has = sign: lib.hasInfix sign (head parts);
      program = builtins.substring 0 0 text + elemAt parts 1;
    in
    if has "@" || (user != "root" && (has "+" || has "!")) then
      failKey key "begins with ${head parts}" "have it run as ${user}, without that"
    else
      {
        mayFail = has "-";
        words = [ program ] ++ (if has ":" then builtins.tail read else concatMap (filled key) (builtins.tail read));
      };
  before = map (command "ExecStartPre") (values "ExecStartPre");
  starts = map (command "ExecStart") (values "ExecStart");
  start =
    if builtins.length starts == 1 then
      (head starts).words
    else
      failKey "ExecStart" "has ${toString (builtins.length starts)} commands, and a container one" "have one of a shell script";
  script = pkgs.writeShellScript "${service}-start" ''
    set -e
    umask ${unit.UMask or "0022"}
    ${lib.concatMapStrings (one: "${lib.escapeShellArgs one.words}${lib.optionalString one.mayFail " || true"}\n") before}
    exec ${lib.escapeShellArgs start}
  '';
  started = if before == [ ] && !unit ? UMask then start else [ "${script}" ];

  # Of /etc what it mentions, and certificates.
  mentioned = filter builtins.isList (split "(/etc/[^][:space:]:=,;\"']+)" (toString (start ++ builtins.attrValues variables)));
  isWanted = path: builtins.any (at: path == at || hasPrefix "${at}/" path) ([ "/etc/ssl/certs" "/etc/pki/tls/certs" ] ++ map head mentioned);
  etc = lib.filterAttrs (_: file: file.enable && isWanted "/etc/${file.target}") config.environment.etc;
in
assert all (name: is.${name}) (attrNames is);
{
  users.${user} = {
    uid = idOr 999 (account.uid or null);
    gid = gids.${group}.gid;
    groups = builtins.tail groups;
  }
  // optionalAttrs (!elem (account.home or "/var/empty") [ "/var/empty" ]) { inherit (account) home; };
  groups = gids;
  defaultUser = user;
  tmp = true;
  directories = builtins.listToAttrs (concatMap (key: map (directory key) paths.${key}) (attrNames paths));
  symlinks = mapAttrs' (_: file: nameValuePair "/etc/${file.target}" file.source) etc;
  config = {
    Entrypoint = started;
    Env = lib.mapAttrsToList (name: value: "${name}=${value}") variables;
  }
  // optionalAttrs (unit ? WorkingDirectory) { WorkingDir = lib.removePrefix "-" unit.WorkingDirectory; }
  // optionalAttrs (unit ? KillSignal) { StopSignal = unit.KillSignal; };
}
