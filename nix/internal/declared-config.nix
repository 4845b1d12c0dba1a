# What the declarations of a user (defaultUser, init, healthcheck, labels …) add to `config` and the manifest.
{
  lib,
  pkgs,
  configKey,
  defaultUser,
  errors,
  localeArchive,
  nearest,
  shown,
  written,
}:
{
  function,
  baseName,
  config,
  inheritConfig,
  certificates,
  locale,
  init,
  labels,
  annotations,
  healthcheck,
  hardened,
  meta,
  ...
}@image:
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

  key = configKey given;
  # `value` as config.WORD, which the user may not have set to another.
  unlessGiven =
    argument: word: value:
    if (key word).value == null || (key word).value == value then
      { ${(key word).name} = value; }
    else
      fail "both ${argument} and config.${word} are given: keep one of them";

  tini = [
    "${pkgs.tini}/bin/tini"
    "--"
  ];
  entrypoint = key "Entrypoint";
  started = if entrypoint.value == null then [ ] else lib.toList entrypoint.value;
  startsTini = started != [ ] && lib.isStringLike (head started) && baseNameOf "${head started}" == "tini";

  # Seconds, or "1m30s", in nanoseconds.
  units = {
    h = 3600000;
    m = 60000;
    s = 1000;
    ms = 1;
  };
  mostSeconds = 1000000000; # 31 years; Go's programs read 292, in nanoseconds of 63 bits
  number = digits: builtins.fromJSON (head (match "0*([0-9]+)" digits)); # JSON has no 05
  duration =
    word: value:
    let
      parts = filter builtins.isList (builtins.split "([0-9]+)(ms|h|m|s)" value);
      milliseconds =
        if isInt value then value * 1000 else lib.foldl' (sum: part: sum + number (head part) * units.${lib.last part}) 0 parts;
      isDuration = isString value && match "([0-9]{1,10}(ms|h|m|s)){1,9}" value != null;
    in
    if (isDuration || isInt value && value >= 0 && value <= mostSeconds) && milliseconds <= mostSeconds * 1000 then
      milliseconds * 1000000
    else
      fail "healthcheck.${word} is ${written value}: write seconds, or a string like \"1m30s\"";
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
        fail "healthcheck.retries is ${written value}: write a number, like 3";
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
  ownLabels = key "Labels";

  added =
    lib.optionalAttrs (image.defaultUser != null) (unlessGiven "defaultUser" "User" (defaultUser image).value)
    // lib.optionalAttrs (init && !startsTini) { ${entrypoint.name} = tini ++ started; }
    // lib.optionalAttrs (healthcheck != null) (unlessGiven "healthcheck" "Healthcheck" check)
    // lib.optionalAttrs (labels != null) {
      ${ownLabels.name} = filled "labels" labels // (if ownLabels.value == null then { } else ownLabels.value);
    };
in
{
  config = if added == { } || !isSet then config else given // added;
  # Whether the base's Entrypoint goes behind that of `config`.
  prefixesEntrypoint = init && entrypoint.value == null && inheritConfig == "all";
  annotations = if annotations == null then { } else filled "annotations" annotations;
  # Where neither `config` nor what is inherited of the base sets them.
  defaults = lib.optionalAttrs hardened { StopSignal = "SIGTERM"; };
  defaultEnv =
    lib.optional certificates "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"
    ++ lib.optional (locale != null) "LANG=${locale}"
    ++ lib.optional (localeArchive function locale != null) "LOCALE_ARCHIVE=/usr/lib/locale/locale-archive";
}
