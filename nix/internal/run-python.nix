# A derivation of nixpkgs' stdenv whose builder is Python, isolated from everything around it.
# NB: Nix gives a builder its base name as argv[0]; a Python that finds its library by argv[0] (Debian's) needs the
# whole path, so `env` starts it.
{ stdenvNoCC, buildPkgs }:
let
  inherit (buildPkgs) python3 coreutils;
in
attributes: # the final ones -> those of the derivation; args: Python's own
stdenvNoCC.mkDerivation (
  final:
  let
    given = attributes final;
  in
  given
  // {
    realBuilder = "${coreutils}/bin/env";
    args = [
      (python3.interpreter or "${python3}/bin/python3")
      "-B" # root may write to the store, where Python would keep its bytecode
      "-I"
      "-S"
    ]
    ++ given.args;
  }
)
