"""The commands that people type. Each is a module of this package, imported only when it is called.

A command's module has `add_arguments`, which says what it takes, and `run`, which does it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from .. import __version__
from ..errors import UsageError

if TYPE_CHECKING:
    from .terminal.words import Command

_COMMANDS = {
    "stream": "write an image's docker-archive to stdout",
    "archive": "write an image to a file or an OCI layout",
    "serve": "serve images as a read-only registry, until Ctrl-C",
    "copy": "copy an image to where it runs, or to another registry",
    "inspect": "show what is in an image: layers, store paths, and why they are there",
    "plan": "show which store paths share a layer, and what a change sends again",
    "sbom": "write the bill of materials of an image",
    "diff": "show what is different between two images, and how much of it has to move",
    "report": "write a page about an image, and what became of it",
    "lock": "pin an image of a registry: write its lock file to stdout",
    "prefetch": "print the arguments of pullImage, as nix-prefetch-docker does",
    "completions": "print what a shell completes, as its script",
    "manual": "print the manual page",
}
_PASSING_ON = ("copy", "serve")  # options after "--", to a client or to Nix


def run(arguments: Sequence[str]) -> None:
    """Parse `arguments` and run the command they name; usage errors exit with 2, as argparse does."""
    # argparse takes "--" for itself; options after it are for another program.
    own, theirs = list(arguments), []
    if "--" in own:
        end = own.index("--")
        own, theirs = own[:end], own[end + 1 :]
    parser, parsers = _parsers()
    name = own[0] if own else ""
    if name not in parsers:
        parser.parse_args(own)  # --help, --version, or it says what is wrong
        return
    if theirs and name not in _PASSING_ON:
        parser.error("only `nixdock copy` and `nixdock serve` pass on options after --")
    command = import_module(f".{name}", __package__)
    command.add_arguments(parsers[name])
    # Intermixed: options may stand between the words, where a command of passthru has the first of them.
    options = parsers[name].parse_intermixed_args([_in_kebab_case(word) for word in own[1:]])
    options.passed_on = theirs
    command.run(options)


def described_commands() -> list[Command]:
    """Return all commands with all that they take."""
    from .terminal.words import describe

    _, parsers = _parsers()
    for name, parser in parsers.items():
        import_module(f".{name}", __package__).add_arguments(parser)
    return describe(parsers, _COMMANDS)


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The program's parser, and one for each command, which knows its arguments only once they are added."""
    parser = _Parser(prog="nixdock", description="Container images from Nix.")
    parser.add_argument("--version", action="version", version=f"nixdock {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    return parser, {name: commands.add_parser(name, help=text) for name, text in _COMMANDS.items()}


def _in_kebab_case(word: str) -> str:
    """Spell an option's name with hyphens: until 0.1 it was --repo_tag. Values stay as they are."""
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value if name.startswith("--") else word


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.prog} --help says what there is")
