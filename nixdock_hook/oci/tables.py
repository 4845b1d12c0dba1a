"""Tables that Nix reads too, so that both sides hold the same rules: JSON files in this directory."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return the value of NAME.json; its reader of the same name says what is in it."""
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), "rb") as file:
        value: dict[str, Any] = json.load(file)
    return value
