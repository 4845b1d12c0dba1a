from __future__ import annotations

import re
from io import StringIO
from itertools import count
from pathlib import Path

import pytest

from nixdock_hook.cli.terminal.progress import Progress
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.sinks.served_image import served_image
from tests.support.recipes import recipe, tar_layer


def moved(tmp_path: Path, quiet: bool) -> None:
    """One of two layers moves, in two pieces; the config moves, too."""
    image = recipe(tar_layer(tmp_path / "one", b"1" * 2000), tar_layer(tmp_path / "two", b"2"))
    progress = Progress(image, quiet)
    with layer_contents() as contents:
        served = served_image(image, "app:1", contents)
    for blob in served.blobs.values():
        if blob.descriptor.size == 2000:
            progress.sent(blob.descriptor, 1500)
            progress.sent(blob.descriptor, 500)
        elif blob.descriptor.size > 1:
            progress.sent(blob.descriptor, blob.descriptor.size)
    progress.finished("docker-daemon:app:1")


def test_what_moves_and_what_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved(tmp_path, quiet=False)
    out, messages = capsys.readouterr()
    first, last = messages.splitlines()
    assert re.fullmatch(r"nixdock: layer 1 to move: 2 kB, sha256:[0-9a-f]{12}", first)
    assert re.fullmatch(r"nixdock: docker-daemon:app:1: 1 of 2 layers were there, 2 kB moved in \d\.\d s", last)
    assert out == ""


def test_where_the_whole_archive_was_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(recipe(tar_layer(tmp_path / "one", b"1" * 2000)), quiet=False)
    progress.archived(1500)
    progress.archived(500)
    progress.finished("docker-daemon:app:1")
    messages = capsys.readouterr().err
    assert re.fullmatch(r"nixdock: docker-daemon:app:1: the whole image, 2 kB, was sent in \d\.\d s\n", messages)


def test_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved(tmp_path, quiet=True)
    assert capsys.readouterr() == ("", "")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, terminal = count(), Terminal()
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr", terminal)
    moved(tmp_path, quiet=False)
    assert [state for state in terminal.getvalue().replace("\n", "\r").split("\r") if state.endswith(" moved")] == [
        "\x1b[Knixdock: 1.5 kB of 2 kB moved",
        "\x1b[Knixdock: 2 kB of 2 kB moved",
    ]
    assert terminal.getvalue().endswith(" s\n")


def test_a_terminal_is_not_written_to_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, terminal = count(step=0.03), Terminal()
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress(recipe(), quiet=False)
    for _ in range(9):
        progress.compressed(1000)
    assert re.findall(r"\d kB", terminal.getvalue()) == ["4 kB", "8 kB"]


def test_a_file_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal it is said how far it is, and that it is done; a program that waits sees it end."""
    image = recipe(tar_layer(tmp_path / "one", b"1" * 2000))
    Progress(image, quiet=False).written("file.tar")
    assert capsys.readouterr() == ("", "")
    clock, terminal = count(), Terminal()
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress(image, quiet=False)
    progress.archived(1500)
    progress.compressed(1800)
    progress.written("file.tar")
    states = re.split("[\r\n]", terminal.getvalue())
    assert states[:2] == ["\x1b[Knixdock: 1.5 kB of the archive", "\x1b[Knixdock: 1.8 kB compressed"]
    assert re.fullmatch(r"\x1b\[Knixdock: file\.tar: written in \d\.0 s", states[2])
