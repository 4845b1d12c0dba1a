"""`nixdock completions`: what a shell completes, as a script of that shell."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from .terminal.words import Command, Option

_TOP_OPTIONS = {"--help": "show the help", "--version": "show the version"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=tuple(SHELLS), help="bash, zsh or fish")
    parser.epilog = (
        "For bash: source <(nixdock completions bash). The package has all three where shells look for them."
    )


def run(options: argparse.Namespace) -> None:
    from . import described_commands

    sys.stdout.write(SHELLS[options.shell](described_commands()))


def bash(commands: Sequence[Command]) -> str:
    """Return the script for bash (its manual, "Programmable Completion"); words are completed as files."""
    names = " | ".join(f",{command.name}" for command in commands)
    values = [
        f"        {' | '.join(f'{command.name},{name}' for name in option.names)}) words={_quoted(option.choices)} ;;"
        for command in commands
        for option in command.options
        if option.choices
    ]
    after_values = [
        f"        {' | '.join(f'{command.name},{name}' for name in option.names)}) return ;;"
        for command in commands
        for option in command.options
        if option.metavar and not option.choices
    ]
    options = [
        f"        {command.name}) words={_quoted([*_names(command), *_choices_of_words(command)])} ;;"
        for command in commands
    ]
    first = _quoted([*(command.name for command in commands), *_TOP_OPTIONS])
    lines = [
        "_nixdock() {",
        '    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" word words',
        '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        f"        case $command,$word in {names}) command=$word ;; *,--) return ;; esac",
        "    done",
        "    case $command,$before in",
        *values,
        *after_values,
        "        *) case $command in",
        f"        '') words={first} ;;",
        *options,
        "        esac ;;",
        "    esac",
        '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")',
        "}",
        "complete -o default -F _nixdock nixdock",
    ]
    return "\n".join(lines) + "\n"


def zsh(commands: Sequence[Command]) -> str:
    """Return the script for zsh (zshcompsys(1), `_arguments`)."""
    lines = [
        "#compdef nixdock",
        "_nixdock() {",
        "    local state line",
        f"    _arguments -C {' '.join(_zsh_top())} '1:command:->command' '*::word:->words'",
        "    case $state in",
        "    command)",
        "        local -a commands=(",
        *(f"            {shlex.quote(f'{command.name}:{command.help}')}" for command in commands),
        "        )",
        "        _describe command commands ;;",
        "    words)",
        "        case $line[1] in",
        *(f"        {command.name}) _arguments {' '.join(_zsh_arguments(command))} ;;" for command in commands),
        "        esac ;;",
        "    esac",
        "}",
        # Sourced it has to be registered; found in fpath it is the function's body.
        'if [[ $funcstack[1] == _nixdock ]]; then _nixdock "$@"; else compdef _nixdock nixdock; fi',
    ]
    return "\n".join(lines) + "\n"


def fish(commands: Sequence[Command]) -> str:
    """Return the script for fish (its manual, `complete`)."""
    lines = [
        *(
            f"complete -c nixdock -n __fish_use_subcommand {_fish_option([name], text)}"
            for name, text in _TOP_OPTIONS.items()
        ),
        *(
            f"complete -c nixdock -n __fish_use_subcommand -f -a {command.name} -d {_fish_quoted(command.help)}"
            for command in commands
        ),
    ]
    for command in commands:
        condition = _fish_quoted(f"__fish_seen_subcommand_from {command.name}")
        for option in command.options:
            words = _fish_option(option.names, option.help)
            value = (
                f" -x -a {_fish_quoted(' '.join(option.choices))}" if option.choices else " -r" * bool(option.metavar)
            )
            lines.append(f"complete -c nixdock -n {condition} {words}{value}")
        if choices := _choices_of_words(command):
            lines.append(f"complete -c nixdock -n {condition} -f -a {_fish_quoted(' '.join(choices))}")
    return "\n".join(lines) + "\n"


SHELLS: Mapping[str, Callable[[Sequence[Command]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _names(command: Command) -> Iterator[str]:
    for option in command.options:
        yield from option.names


def _choices_of_words(command: Command) -> list[str]:
    return [choice for word in command.words for choice in word.choices]


def _quoted(words: Sequence[str]) -> str:
    return shlex.quote(" ".join(words))


def _zsh_top() -> Iterator[str]:
    for name, text in _TOP_OPTIONS.items():
        yield shlex.quote(f"(- *){name}[{text}]")


def _zsh_arguments(command: Command) -> Iterator[str]:
    for option in command.options:
        yield from (shlex.quote(_zsh_option(name, option)) for name in option.names)
    choices = _choices_of_words(command)
    yield shlex.quote("*:word:" + (f"({' '.join(choices)})" if choices else "_files"))


def _zsh_option(name: str, option: Option) -> str:
    text = _zsh_escaped(option.help)
    if not option.metavar:
        return f"{name}[{text}]"
    value = f"({' '.join(option.choices)})" if option.choices else "_files"
    return f"{name}{'=' if name.startswith('--') else '+'}[{text}]:{_zsh_escaped(option.metavar)}:{value}"


def _zsh_escaped(text: str) -> str:
    """A text for a spec of `_arguments`, in which these have a meaning."""
    for char in "\\[]:":
        text = text.replace(char, "\\" + char)
    return text


def _fish_option(names: Sequence[str], text: str) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names]
    return f"{' '.join(words)} -d {_fish_quoted(text)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
