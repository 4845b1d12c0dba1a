# dockerTools and nix-prefetch-docker are ours; nixpkgs' own functions stay reachable as dockerTools.nixpkgs.
final: prev:
let
  nixdock = import ./. final;
  original = prev.dockerTools or { };
in
{
  inherit nixdock;
  nix-prefetch-docker = nixdock.nixPrefetchDocker;
  dockerTools = original // nixdock // { nixpkgs = original; };
}
