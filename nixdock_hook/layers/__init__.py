"""From store paths to the bytes of a layer."""
