# What the declarations of a user (defaultUser, init, healthcheck, labels …) add to `config` and the manifest.
{
  lib,
  pkgs,
  errors,
  localeArchive,
  nearest,
  shown,
}:
{
  function,
  baseName,
  config,
  inheritConfig,
  fromImage,
  users,
  defaultUser,
  certificates,
  locale,
  init,
  labels,
  annotations,
  healthcheck,
  meta,
  ...
}:
let
  inherit (builtins)
    attrNames
    filter
    head
    isInt
    isString
    match
    ;
  inherit (errors function) fail;
  given = if config == null then { } else config;
  isSet = builtins.isAttrs given && !lib.isStringLike given;

  # The key as the user spelt it, which checked-config.nix corrects.
  spelt = key: lib.findFirst (name: lib.toLower name == lib.toLower key) null (if isSet then attrNames given else [ ]);
  set = key: if spelt key == null then null else given.${spelt key};
  # `value` as config.KEY, which the user may not have set to another.
  unlessGiven =
    argument: key: value:
    if set key == null || set key == value then
      { ${if spelt key == null then key else spelt key} = value; }
    else
      fail "both ${argument} and config.${key} are given: keep one of them";

  user = if users ? ${defaultUser} then toString users.${defaultUser}.uid else defaultUser;

  tini = [
    "${pkgs.tini}/bin/tini"
    "--"
  ];
  entrypoint = set "Entrypoint";
  asList = value: if lib.isStringLike value then [ value ] else value;
  started =
    if entrypoint == null && inheritConfig == "all" && fromImage != null then
      fail "init = true has no program to start, because the base's Entrypoint is inherited: write config.Entrypoint"
    else
      tini ++ asList (if entrypoint == null then [ ] else entrypoint);

  # Seconds, or "1m30s", in nanoseconds.
  units = {
    h = 3600000;
    m = 60000;
    s = 1000;
    ms = 1;
  };
  number = digits: builtins.fromJSON (head (match "0*([0-9]+)" digits)); # JSON has no 05
  duration =
    key: value:
    let
      parts = filter builtins.isList (builtins.split "([0-9]+)(ms|h|m|s)" value);
      milliseconds = lib.foldl' (sum: part: sum + number (head part) * units.${lib.last part}) 0 parts;
    in
    if isInt value && value >= 0 then
      value * 1000000000
    else if isString value && match "([0-9]+(ms|h|m|s))+" value != null then
      milliseconds * 1000000
    else
      fail "healthcheck.${key} is ${shown value}: write seconds, or a string like \"1m30s\"";
  checkKeys = {
    command = null;
    interval = "Interval";
    timeout = "Timeout";
    startPeriod = "StartPeriod";
    startInterval = "StartInterval";
    retries = "Retries";
  };
  unknown = filter (key: !checkKeys ? ${key}) (attrNames healthcheck);
  meant = nearest (attrNames checkKeys) (head unknown);
  command = healthcheck.command or null;
  check =
    if unknown != [ ] then
      fail "healthcheck has no ${head unknown}: ${
        if meant == null then "it has ${lib.concatStringsSep ", " (attrNames checkKeys)}" else "did you mean ${meant}?"
      }"
    else
      { Test = test; } // lib.mapAttrs' setting (removeAttrs healthcheck [ "command" ]);
  test =
    if builtins.isList command && command != [ ] && builtins.all lib.isStringLike command then
      [ "CMD" ] ++ command
    else if isString command && command != "" then
      [
        "CMD-SHELL"
        command
      ]
    else
      fail "healthcheck.command is ${shown command}: write a list of words, or a string for the image's shell";
  setting = key: value: {
    name = checkKeys.${key};
    value =
      if key != "retries" then
        duration key value
      else if isInt value && value > 0 then
        value
      else
        fail "healthcheck.retries is ${shown value}: write a number, like 3";
  };

  licenses = map (license: license.spdxId or license.fullName or (if isString license then license else null)) (
    lib.toList (meta.license or [ ])
  );
  words = {
    title = meta.title or baseName;
    description = meta.description or null;
    licenses = if elemNull licenses then null else lib.concatStringsSep " AND " licenses;
    url = meta.homepage or null;
    source = meta.source or null;
    version = meta.version or null;
    revision = meta.revision or null;
  };
  elemNull = list: list == [ ] || builtins.elem null list;
  # Yours over those of `meta`, null being none.
  filled =
    argument: yours:
    let
      known = lib.mapAttrs' (word: value: lib.nameValuePair "org.opencontainers.image.${word}" value) words;
      all = filterNull (known // yours);
      wrong = filter (name: !lib.isStringLike all.${name}) (attrNames all);
    in
    if wrong == [ ] then
      lib.mapAttrs (_: value: "${value}") all
    else
      fail "${argument}.\"${head wrong}\" is ${shown all.${head wrong}}, not a string: write it in quotes";
  filterNull = lib.filterAttrs (_: value: value != null);
  labelsKey = if spelt "Labels" == null then "Labels" else spelt "Labels";
  ownLabels = if set "Labels" == null then { } else set "Labels";

  added =
    lib.optionalAttrs (defaultUser != null) (unlessGiven "defaultUser" "User" user)
    // lib.optionalAttrs init { ${if spelt "Entrypoint" == null then "Entrypoint" else spelt "Entrypoint"} = started; }
    // lib.optionalAttrs (healthcheck != null) (unlessGiven "healthcheck" "Healthcheck" check)
    // lib.optionalAttrs (labels != null) { ${labelsKey} = filled "labels" labels // ownLabels; };
in
{
  config = if added == { } || !isSet then config else given // added;
  annotations = if annotations == null then { } else filled "annotations" annotations;
  defaultEnv =
    lib.optional certificates "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"
    ++ lib.optional (locale != null) "LANG=${locale}"
    ++ lib.optional (localeArchive function locale != null) "LOCALE_ARCHIVE=/usr/lib/locale/locale-archive";
}
