"""Images as recipes: read, written, made."""
