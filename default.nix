# nix-build -A image | -A examples.NAME | -A examples.NAME.stream
#
# The package set: the one you give (--arg pkgs 'import <nixpkgs> { }'), else <nixpkgs> where NIX_PATH has it, else
# the embedded one, made of this Debian machine's own packages (--arg pkgs 'import ./nix/embedded { }' chooses it).
{
  pkgs ?
    let
      nixpkgs = builtins.tryEval <nixpkgs>;
    in
    import (if nixpkgs.success then nixpkgs.value else ./nix/embedded) { },
}:
(import ./nix pkgs).overrideScope (
  nixdock: _: {
    inherit pkgs;
    image = nixdock.examples.demo;
  }
)
