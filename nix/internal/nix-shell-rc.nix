# The file that bash reads first in the shell of a derivation, as a store path: what nix-shell writes (nix-build.cc of
# Nix).
{ lib, writeText }:
{
  shell, # bash, by its full path
  searchPath, # what comes first in PATH
  command, # run at the end, after which the shell exits; null = stay
}:
"${writeText "nix-shell-rc" ''
  unset PATH
  # Said here and not by the image's environment, so that buildDerivation sees what a builder does.
  export IN_NIX_SHELL=pure
  dontAddDisableDepTrack=1
  [ -e "''${stdenv-}/setup" ] && source "$stdenv/setup"
  PATH=${searchPath}''${PATH:+:$PATH}
  export PATH
  SHELL=${lib.escapeShellArg shell}
  BASH=${lib.escapeShellArg shell}
  set +e
  if [ -n "''${PS1-}" ] && [ -z "''${NIX_SHELL_PRESERVE_PROMPT-}" ]; then
    PS1='\n\[\033[1;32m\][nix-shell:\w]\$\[\033[0m\] '
  fi
  if [ "$(type -t runHook)" = function ]; then
    runHook shellHook
  fi
  unset NIX_ENFORCE_PURITY
  shopt -u nullglob
  unset TZ # the stdenv's, for builds
  shopt -s execfail
  ${lib.optionalString (command != null) "${command}\nexit"}
''}"
