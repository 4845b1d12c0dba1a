"""The manual page."""

from __future__ import annotations

import re
import subprocess

from nixdock_hook.cli import described_commands
from nixdock_hook.cli.manual import manual_page
from nixdock_hook.cli.terminal.words import Command, Word
from tests.support.tools import need


def test_every_command_word_and_option_is_in_it() -> None:
    plain = re.sub(r"\\f[BIR]|\\&", "", manual_page(described_commands())).replace("\\-", "-").replace("\\e", "\\")
    for command in described_commands():
        assert f".SS {command.name}\n" in plain
        parts = [*(word.metavar for word in command.words), *(name for one in command.options for name in one.names)]
        values = ["|".join(one.choices) for one in command.options if one.choices]
        assert [part for part in parts + values if part not in plain] == []


def test_a_reader_of_manual_pages_has_nothing_to_say() -> None:
    done = subprocess.run(
        [need("mandoc"), "-Tlint", "-Wwarning"],
        input=manual_page(described_commands()),
        capture_output=True,
        text=True,
        check=False,
    )
    # A date would be another at each release, if not at each build.
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


def test_what_troff_would_take_for_its_own() -> None:
    page = manual_page([Command("pack", ".so /etc/passwd", "", "'nothing", (Word("FILE", (), "a\\nb -c"),), ())])
    assert "\n\\&.so /etc/passwd.\n" in page and "\n\\&'nothing\n" in page and "\na\\enb \\-c\n" in page
