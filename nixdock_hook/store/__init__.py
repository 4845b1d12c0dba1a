"""What Nix knows about store paths."""
