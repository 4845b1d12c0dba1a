"""Who writes these documents."""

VERSION = "0.1.0"
"""Of nixdock, as pyproject.toml has it."""
