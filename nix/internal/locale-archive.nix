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
  # As glibc's list of locales has it, for which `locale -a` and libc have other words.
  spelt = builtins.replaceStrings [ ".utf8" ".utf-8" ".UTF8" ] [ ".UTF-8" ".UTF-8" ".UTF-8" ] locale;
  charset = builtins.elemAt (lib.splitString "." spelt ++ [ "UTF-8" ]) 1;
  locales =
    if builtins.match "[A-Za-z0-9_.@-]+" locale == null then
      fail "locale is ${shown locale}: write it like \"de_DE.UTF-8\""
    else
      pkgs.glibcLocales
        or (fail "locale is ${shown locale}, and this package set has no glibcLocales: use \"C.UTF-8\"");
  chosen = locales.override {
    allLocales = false;
    locales = [ "${spelt}/${charset}" ];
  };
in
if locale == null || isBuiltIn then null else "${chosen}/lib/locale/locale-archive"
