# nixpkgs' own dockerTools in a package set, also where ours are in their place; { } where there are none.
{ pkgs, packageOverrides }:
let
  found = pkgs.dockerTools.nixpkgs or pkgs.dockerTools or { };
  # Ours takes any package, nixpkgs' only those that it uses.
  known = builtins.intersectAttrs (pkgs.lib.functionArgs found.override) packageOverrides;
in
if packageOverrides == { } || !(found ? override) then found else found.override known
