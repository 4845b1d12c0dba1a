"""`nixdock manual`: the manual page nixdock(1), made from what the commands take (man(7))."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from .. import __version__
from .terminal.words import Command, Option

_EXIT_STATUS = {
    "0": "It worked.",
    "1": "It did not: one line on stderr says what is wrong, where, and what helps.",
    "2": "The command line is not understood.",
}
_ENVIRONMENT = {
    "NIXDOCK_DEBUG": "1 shows where in the code an error comes from.",
    "REGISTRY_AUTH_FILE": "Credentials for registries, as skopeo and podman read them.",
    "SSL_CERT_FILE": "Certificates of the authorities to trust.",
    "http_proxy, https_proxy, no_proxy": "Proxies, as curl reads them.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Read it with: nixdock manual | man -l -"


def run(_: argparse.Namespace) -> None:
    from . import described_commands

    sys.stdout.write(manual_page(described_commands()))


def manual_page(commands: Sequence[Command]) -> str:
    """Return the page in man(7)'s macros. It has no date: the same commands give the same bytes."""
    return "\n".join(_lines(commands)) + "\n"


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    yield f'.TH NIXDOCK 1 "" "nixdock {_text(__version__)}" "User Commands"'
    yield from (".SH NAME", _text("nixdock - container images from Nix"))
    yield from (".SH SYNOPSIS", ".B nixdock", _text("COMMAND [OPTION]… [WORD]…"))
    yield ".SH DESCRIPTION"
    yield _text(
        "nixdock writes, serves and copies images that Nix described (IMAGE.recipe), and looks into images of any kind."
    )
    yield ".SH COMMANDS"
    for command in commands:
        yield f".SS {_text(command.name)}"
        yield _text(f"{command.help[:1].upper()}{command.help[1:]}.")
        yield ".PP"
        yield f"\\fBnixdock {_text(command.name)}\\fR {_text(command.usage)}"
        for word in command.words:
            yield from (".TP", f"\\fI{_text(word.metavar)}\\fR", _text(word.help))
        for option in command.options:
            yield from (".TP", _option(option), _text(option.help))
        if command.more:
            yield from (".PP", _text(command.more))
    yield ".SH EXIT STATUS"
    yield from _entries(_EXIT_STATUS)
    yield ".SH ENVIRONMENT"
    yield from _entries(_ENVIRONMENT)
    yield from (".SH SEE ALSO", ".BR nix (1),", ".BR skopeo (1)")


def _entries(entries: dict[str, str]) -> Iterator[str]:
    for name, text in entries.items():
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(text))


def _option(option: Option) -> str:
    metavar = "|".join(option.choices) or option.metavar
    value = f" \\fI{_text(metavar)}\\fR" if metavar else ""
    return ", ".join(f"\\fB{_text(name)}\\fR{value}" for name in option.names)


def _text(text: str) -> str:
    """Escape what troff would take for its own: backslashes, hyphens for minus signs, controls at a line's start."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
