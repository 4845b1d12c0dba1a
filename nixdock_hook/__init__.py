"""nixdock: container images from Nix. The part that runs inside derivations; standard library only."""

__version__ = "0.1.0"
