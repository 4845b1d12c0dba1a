"""Arguments that several commands have."""

from __future__ import annotations

import argparse
import os

import pytest

from nixdock_hook.cli.terminal.arguments import add_registry_arguments, host_architecture
from nixdock_hook.oci.platform import go_word


def test_defaults_are_the_commands() -> None:
    parser = argparse.ArgumentParser()
    add_registry_arguments(parser, "linux", "riscv64")
    options = parser.parse_args([])
    assert (options.os, options.arch, options.authfile, options.tls_verify) == ("linux", "riscv64", None, "true")
    assert parser.parse_args(["--arch", "arm", "--tls-verify", "false"]).arch == "arm"


def test_a_wrong_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_registry_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--tls-verify", "maybe"])
    assert "invalid choice: 'maybe'" in capsys.readouterr().err


def test_this_machine_in_gos_words() -> None:
    assert host_architecture() == go_word(os.uname().machine) != "x86_64"
