"""Bytes to stdout."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nixdock_hook.cli.terminal.standard_output import archive_output, write_document
from nixdock_hook.errors import InvalidInput


@pytest.fixture(autouse=True)
def sigpipe() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPIPE)
    yield
    signal.signal(signal.SIGPIPE, before)


def test_bytes_go_out_and_stdout_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        with archive_output() as output:
            output.write(b"\0\xff")
        stdout.write("more")
        monkeypatch.undo()
    assert (tmp_path / "out").read_bytes() == b"\0\xffmore"
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL


def test_not_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(InvalidInput, match="^an archive would go to the terminal in stdout: pipe it"), archive_output():
        pass


@pytest.mark.parametrize("name", ["-", "-.html"])
def test_a_document_goes_to_stdout_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "stdout").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        write_document(b"page", name)
        monkeypatch.undo()
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == ({"stdout": b"page"} if name == "-" else {"stdout": b"", name: b"page"})
