# The part of nixpkgs' `lib` that image expressions use, under the same names and with the same results.
let
  attrsets = import ./attrsets.nix;
  lists = import ./lists.nix;
  strings = import ./strings.nix;
  trivial = import ./trivial.nix;
  fixed-points = import ./fixed-points.nix;
  customisation = import ./customisation.nix;
  derivations = import ./derivations.nix;
  fetchers = import ./fetchers.nix;
in
attrsets
// lists
// strings
// trivial
// fixed-points
// customisation
// derivations
// {
  inherit
    attrsets
    fetchers
    lists
    strings
    trivial
    ;
}
