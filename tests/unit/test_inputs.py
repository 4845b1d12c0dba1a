"""Files that users name: whole ones, pipes, and what is none."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nixdock_hook import inputs
from nixdock_hook.errors import InvalidInput
from nixdock_hook.inputs import check_file, open_file, open_once
from tests.support.tools import need


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    os.mkfifo(tmp_path / "fifo")
    return str(tmp_path / "fifo")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_OPENING", 0.02)
    monkeypatch.setattr(inputs, "_SILENCE", 0.04)


@contextmanager
def writer(script: str, fifo: str) -> Iterator[None]:
    with subprocess.Popen([need("sh"), "-c", script, "sh", fifo]):
        yield


def test_a_file_and_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    for opened in (open_file, open_once):
        with opened(str(tmp_path / "link")) as file:
            assert (file.read(), file.seek(0), file.read(3)) == (b"content", 0, b"con")


def test_what_is_not_there(tmp_path: Path) -> None:
    for opened in (check_file, open_file, open_once):
        with pytest.raises(FileNotFoundError):
            opened(str(tmp_path / "none"))


def test_what_is_no_file(tmp_path: Path, fifo: str) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(f"{tmp_path}/socket")
    others = {fifo: "a pipe", f"{tmp_path}/socket": "a socket", "/dev/null": "a device", str(tmp_path): "a directory"}
    for path, name in others.items():
        for opened in (check_file, open_file) if path == fifo else (check_file, open_file, open_once):
            with pytest.raises(InvalidInput, match=f"^this is {name}, not a file in {path}: "):
                opened(path)


class TestPipes:
    def test_a_pipe_that_is_written_to(self, fifo: str) -> None:
        with writer('{ printf a; sleep 0.1; printf b; } > "$1"', fifo), open_once(fifo) as pipe:
            assert pipe.read() == b"ab"

    def test_a_pipe_whose_writer_has_gone(self) -> None:
        end, begin = os.pipe()
        os.write(begin, b"secret\n")
        os.close(begin)
        with open_once(f"/dev/fd/{end}") as pipe:
            assert (pipe.readline(), pipe.read()) == (b"secret\n", b"")
        os.close(end)

    def test_a_pipe_that_nobody_writes_to(self, fifo: str, impatient: None) -> None:
        with (
            open_once(fifo) as pipe,
            pytest.raises(InvalidInput, match="^nothing comes through this pipe in .*/fifo: "),
        ):
            pipe.read()

    @pytest.mark.parametrize("said", [b"", b"more"])
    def test_a_pipe_whose_writer_says_no_more(self, said: bytes, impatient: None) -> None:
        end, begin = os.pipe()
        os.write(begin, said)
        with open_once(f"/dev/fd/{end}") as pipe:
            assert pipe.read(len(said)) == said
            with pytest.raises(InvalidInput, match="^nothing comes through this pipe in "):
                pipe.read(1)
        os.close(begin)
        os.close(end)

    def test_a_writer_is_waited_for_longer_than_for_one_to_come(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inputs, "_OPENING", 0.0)
        end, begin = os.pipe()
        with (
            writer(f"sleep 0.2; printf late > /proc/{os.getpid()}/fd/{begin}", ""),
            open_once(f"/dev/fd/{end}") as pipe,
        ):
            assert pipe.read(4) == b"late"
        os.close(begin)
        os.close(end)
