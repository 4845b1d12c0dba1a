"""The commands, their words and options as data: what completions and the manual page are made of."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command.

    names: `-q`, `--quiet`. metavar: its value's name; "" where it takes none. choices: the values that it may have.
    """

    names: tuple[str, ...]
    metavar: str
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command line that is no option."""

    metavar: str
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command. help: one line, without a full stop. usage: its synopsis, after its name. more: a paragraph, or ""."""

    name: str
    help: str
    usage: str
    more: str
    words: tuple[Word, ...]
    options: tuple[Option, ...]


def describe(parsers: Mapping[str, argparse.ArgumentParser], helps: Mapping[str, str]) -> list[Command]:
    """Return the commands of these parsers, in their order. Hidden options are left out."""
    return [_command(name, parser, helps[name]) for name, parser in parsers.items()]


def _command(name: str, parser: argparse.ArgumentParser, text: str) -> Command:
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    usage = parser.format_usage().partition(name)[2]
    return Command(
        name=name,
        help=text,
        usage=" ".join(usage.split()),
        more=parser.epilog or "",
        words=tuple(_word(parser, action) for action in shown if not action.option_strings),
        options=tuple(_option(parser, action) for action in shown if action.option_strings),
    )


def _word(parser: argparse.ArgumentParser, action: argparse.Action) -> Word:
    return Word(str(action.metavar or action.dest), _choices(action), _help(parser, action))


def _option(parser: argparse.ArgumentParser, action: argparse.Action) -> Option:
    takes_value = action.nargs != 0
    metavar = str(action.metavar or action.dest.upper()) if takes_value else ""
    return Option(tuple(action.option_strings), metavar, _choices(action), _help(parser, action))


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices or ()))


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """An option's help, with its default in it."""
    return (action.help or "") % {"default": action.default, "prog": parser.prog}
