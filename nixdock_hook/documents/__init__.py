"""JSON read with all its problems named, and written in one form."""
