# dockerTools and nix-prefetch-docker are ours; nixpkgs' own functions stay reachable as dockerTools.nixpkgs, and what
# ours lack stays where it is. Applying the overlay once more changes nothing.
final: prev:
let
  original = prev.dockerTools.nixpkgs or prev.dockerTools or { };
  nixdock = import ./. (final // { dockerTools = original; });

  # What nixpkgs' tests load, made by our functions; our own examples are beside it.
  theirExamples =
    nixdock:
    let
      examples = nixdock.nixpkgs.examples or { };
      functions = builtins.intersectAttrs (prev.lib.functionArgs examples.override) nixdock;
    in
    if examples ? override then examples.override functions else examples;

  dockerTools =
    nixdock:
    nixdock.nixpkgs
    // nixdock
    // {
      examples = nixdock.examples // theirExamples nixdock;
      tests = nixdock.tests // nixdock.nixpkgs.tests or { };
      override = changes: dockerTools (nixdock.override changes);
    };
in
{
  inherit nixdock;
  nix-prefetch-docker = nixdock.nixPrefetchDocker;
  dockerTools = dockerTools nixdock;
}
