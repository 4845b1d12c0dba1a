"""Steps run in this process."""

from __future__ import annotations

from tests.support.build import Build, build

__all__ = ["Build", "build"]
