"""nixdock: container images from Nix. The part that runs inside derivations; standard library only."""
