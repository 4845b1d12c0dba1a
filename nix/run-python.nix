# A derivation whose builder is Python, isolated from everything around it.
# NB: Nix gives a builder its base name as argv[0]; a Python that finds its library by argv[0] (Debian's) needs the
# whole path, so `env` starts it.
{ pkgs, buildPkgs }:
let
  inherit (buildPkgs) python3 coreutils;
in
{ args, ... }@attributes:
derivation (
  attributes
  // {
    inherit (pkgs.stdenv.buildPlatform or pkgs.stdenv.hostPlatform) system;
    builder = "${coreutils}/bin/env";
    args = [
      (python3.interpreter or "${python3}/bin/python3")
      "-I"
      "-S"
    ]
    ++ args;
  }
)
