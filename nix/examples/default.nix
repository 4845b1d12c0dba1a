# One small image for every feature; tests/system runs each of them.
{ pkgs, nixdock }:
let
  trees = import ./trees.nix { inherit pkgs; };

  examples = {
    demo = import ../demo/image.nix { inherit pkgs nixdock; };
  }
  // import ./one-layer.nix { inherit pkgs nixdock trees; }
  // import ./on-base.nix { inherit pkgs nixdock examples; }
  // import ./layered.nix { inherit pkgs nixdock; }
  // import ./shared-layers.nix { inherit pkgs nixdock trees; }
  // import ./run-as-root.nix { inherit pkgs nixdock examples; }
  // import ./nix-database.nix { inherit pkgs nixdock; }
  // import ./nix-shell.nix { inherit pkgs nixdock; }
  // import ./fixed-places.nix { inherit pkgs nixdock trees; }
  // import ./declared.nix { inherit pkgs nixdock examples; }
  // import ./from-images.nix { inherit pkgs nixdock examples; };
in
examples
