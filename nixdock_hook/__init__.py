"""nixdock: container images from Nix. The part that runs inside derivations; standard library only."""

VERSION = "0.1.0"
"""As pyproject.toml has it."""
