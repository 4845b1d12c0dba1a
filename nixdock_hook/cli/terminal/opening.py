"""What the commands that look into images share: the words for an image, its choice, their output."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import Any

from ...documents import canonical_json
from ...insight.json_shape import VERSION
from ...insight.opened.model import Choice
from ...insight.text import Style
from .arguments import add_registry_arguments, host_architecture, registry_access

IMAGE = "a recipe, a result of a function, a docker-archive, an OCI layout, docker://REF, docker-daemon:REF, podman:REF"


def add_opening_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what chooses an image among several, and how registries are asked."""
    parser.add_argument("--image", metavar="NAME:TAG", help="of an archive or layout with several (default: the first)")
    add_registry_arguments(parser, "linux", host_architecture())


def choice(options: argparse.Namespace) -> Choice:
    """Return what these options choose."""
    return Choice(options.arch, options.os, options.image, registry_access(options))


def style() -> Style:
    """Return colours where stdout is a terminal, and NO_COLOR is not set or empty."""
    return Style(sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def write_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout, whatever the locale can show."""
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    for line in lines:
        sys.stdout.write(f"{line}\n")


def write_json(document: dict[str, Any]) -> None:
    """Write a document of this version to stdout: canonical JSON, one line."""
    write_lines([canonical_json.dump({"version": VERSION, **document}).decode()])
