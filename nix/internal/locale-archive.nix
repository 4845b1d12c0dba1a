# The file with a locale: null for those that every libc has built in, and for none.
{
  lib,
  pkgs,
  errors,
  shown,
}:
function: locale:
let
  inherit (errors function) fail;
  isBuiltIn = builtins.elem locale [
    "C"
    "POSIX"
    "C.UTF-8"
    "C.utf8"
  ];
  charset = builtins.elemAt (lib.splitString "." locale ++ [ "UTF-8" ]) 1;
  locales =
    if builtins.match "[A-Za-z0-9_.@-]+" locale == null then
      fail "locale is ${shown locale}: write it like \"de_DE.UTF-8\""
    else
      pkgs.glibcLocales
        or (fail "locale is ${shown locale}, and this package set has no glibcLocales: use \"C.UTF-8\"");
  chosen = locales.override {
    allLocales = false;
    locales = [ "${locale}/${charset}" ];
  };
in
if locale == null || isBuiltIn then null else "${chosen}/lib/locale/locale-archive"
