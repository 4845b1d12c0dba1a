"""The commands as data."""

from __future__ import annotations

import argparse

from nixdock_hook.cli import described_commands
from nixdock_hook.cli.terminal.words import Command, Option, Word, describe


def test_words_options_choices_and_defaults() -> None:
    parser = argparse.ArgumentParser(prog="nixdock pack", epilog="More.")
    parser.add_argument("file", metavar="FILE", help="where")
    parser.add_argument("-n", "--number", default=3, help="how many (default: %(default)s)")
    parser.add_argument("--form", choices=("a", "b"), metavar="FORM", help="which")
    parser.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--old", help=argparse.SUPPRESS)
    [command] = describe({"pack": parser}, {"pack": "pack it"})
    assert command == Command(
        name="pack",
        help="pack it",
        usage="[-h] [-n NUMBER] [--form FORM] [--all] FILE",
        more="More.",
        words=(Word("FILE", (), "where"),),
        options=(
            Option(("-h", "--help"), "", (), "show this help message and exit"),
            Option(("-n", "--number"), "NUMBER", (), "how many (default: 3)"),
            Option(("--form",), "FORM", ("a", "b"), "which"),
            Option(("--all",), "", (), "everything"),
        ),
    )


def test_every_command_says_what_each_of_its_words_and_options_is() -> None:
    parts: list[tuple[str, Word | Option]] = []
    for command in described_commands():
        parts += [(command.name, part) for part in command.words]
        parts += [(command.name, part) for part in command.options]
    nameless = [f"{name} {part}" for name, part in parts if not part.help]
    assert nameless == []


def test_options_are_spelled_with_hyphens() -> None:
    assert [
        name for one in described_commands() for option in one.options for name in option.names if "_" in name
    ] == []
