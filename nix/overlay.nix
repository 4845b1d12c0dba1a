# dockerTools with our functions in the place of nixpkgs' own; those stay reachable as dockerTools.nixpkgs.
final: prev:
let
  nixdock = import ./. final;
  original = prev.dockerTools or { };
in
{
  inherit nixdock;
  dockerTools = original // nixdock // { nixpkgs = original; };
}
