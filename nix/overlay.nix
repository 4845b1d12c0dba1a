# dockerTools and nix-prefetch-docker are ours; nixpkgs' own functions stay reachable as dockerTools.nixpkgs, and what
# ours lack stays where it is. Applying the overlay once more changes nothing.
final: prev:
let
  inherit (prev) lib;
  original = prev.dockerTools.nixpkgs or prev.dockerTools or { };
  nixdock = import ./. (final // { dockerTools = original; });

  # What nixpkgs' tests load, made by our functions; our own examples are beside it.
  theirExamples =
    tools:
    let
      examples = tools.nixpkgs.examples or { };
    in
    if examples ? override then
      examples.override (builtins.intersectAttrs (lib.functionArgs examples.override) tools)
    else
      examples;
in
{
  inherit nixdock;
  nix-prefetch-docker = nixdock.nixPrefetchDocker;
  dockerTools = nixdock.overrideScope (
    tools: ours:
    builtins.mapAttrs (name: _: tools.nixpkgs.${name}) original
    // ours
    // {
      examples = ours.examples // theirExamples tools;
      tests = ours.tests // tools.nixpkgs.tests or { };
    }
  );
}
