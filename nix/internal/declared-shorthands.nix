# What a user declares by a word (tmp, shell, certificates, timeZone, locale), as the directories, files and symlinks that
# it stands for.
{
  lib,
  pkgs,
  errors,
  localeArchive,
  shown,
}:
{
  function,
  directories,
  tmp,
  certificates,
  shell,
  timeZone,
  locale,
  ...
}:
let
  inherit (builtins) match;
  inherit (lib) optional optionals;
  inherit (errors function) fail;

  link = argument: path: target: { inherit argument path target; };
  bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  archive = localeArchive function locale;
  zone =
    if timeZone == null || match "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*" timeZone != null then
      timeZone
    else
      fail "timeZone is ${shown timeZone}: write it as in the list of the time zone database, like \"Europe/Berlin\"";
in
{
  directories = optional (tmp && !directories ? "/tmp") {
    path = "/tmp";
    argument = "tmp";
    mode = "1777";
  };

  files = optionals (zone != null) [
    {
      path = "/usr/share/zoneinfo/${zone}";
      argument = "timeZone";
      source = "${pkgs.tzdata}/share/zoneinfo/${zone}";
      inherit zone;
    }
    {
      path = "/etc/timezone";
      argument = "timeZone";
      text = "${zone}\n";
    }
  ];

  symlinks =
    optionals shell [
      (link "shell" "/bin/sh" "${pkgs.bashInteractive}/bin/bash")
      (link "shell" "/usr/bin/env" "${pkgs.coreutils}/bin/env")
    ]
    ++ optionals certificates (
      map (path: link "certificates" path bundle) [
        "/etc/ssl/certs/ca-bundle.crt"
        "/etc/ssl/certs/ca-certificates.crt"
        "/etc/pki/tls/certs/ca-bundle.crt"
      ]
    )
    ++ optional (zone != null) (link "timeZone" "/etc/localtime" "/usr/share/zoneinfo/${zone}")
    ++ optional (archive != null) (link "locale" "/usr/lib/locale/locale-archive" archive);
}
