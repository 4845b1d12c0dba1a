"""Files of an image, in a tar or in a directory."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from nixdock_hook.bases.files import DirectoryFiles, open_files
from nixdock_hook.errors import InvalidImage, InvalidInput
from tests.support.images import Files, layer


def tar(path: Path, files: Files, *, packed: bool = False) -> str:
    data = layer(files)
    path.write_bytes(gzip.compress(data) if packed else data)
    return str(path)


@pytest.mark.parametrize("packed", [False, True])
def test_members_of_a_tar_by_any_spelling_of_their_name(tmp_path: Path, packed: bool) -> None:
    files: Files = {"./a/b": b"content", "link": "a/b", "a/up": "../link", "top": "/a/b"}
    with open_files(tar(tmp_path / "x", files, packed=packed)) as opened:
        assert "a/b" in opened and "b" not in opened
        for name in ("a/b", "/a/b", "link", "a/up", "top"):
            with opened.open(name) as file:
                assert file.read() == b"content"


@pytest.mark.parametrize(
    ("files", "name", "problem"),
    [
        ({"a": b""}, "b", "there is no member 'b'"),
        ({"a": "b", "b": "a"}, "a", "the link 'a' leads back to itself"),
        ({"a": "../../etc/passwd"}, "a", "climbs out of the archive"),
        ({"a": None}, "a", "this is not a file"),
    ],
)
def test_what_cannot_be_opened(tmp_path: Path, files: Files, name: str, problem: str) -> None:
    with (
        open_files(tar(tmp_path / "x", files)) as opened,
        pytest.raises(InvalidImage, match=problem),
    ):
        opened.open(name)


def test_parts_of_a_tar_are_read_independently(tmp_path: Path) -> None:
    with open_files(tar(tmp_path / "x", {"a": b"0123456789", "b": b"xyz"})) as opened:
        one, other = opened.open("a"), opened.open("a")
        assert (one.read(3), other.read(4), one.read()) == (b"012", b"0123", b"3456789")
        assert (other.seek(-1, 2), other.read()) == (9, b"9")


def test_a_pipe_in_a_directory_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "index.json")
    with open_files(str(tmp_path)) as opened:
        assert "index.json" in opened
        with pytest.raises(InvalidInput, match=f"^this is a pipe, not a file in {tmp_path}/index.json: "):
            opened.open("index.json")


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "image/sub").mkdir(parents=True)
    (tmp_path / "image/sub/a").write_bytes(b"content")
    with open_files(str(tmp_path / "image")) as opened:
        assert isinstance(opened, DirectoryFiles)
        assert "sub/a" in opened and "sub" not in opened
        with opened.open("sub/a") as file:
            assert file.read() == b"content"
        with pytest.raises(InvalidImage, match="a file of the image is missing"):
            opened.open("b")
        with pytest.raises(InvalidImage, match="climbs out of the archive"):
            opened.check("../secret")


def test_nothing_and_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot open the image"), open_files(str(tmp_path / "none")):
        pass
    (tmp_path / "empty").touch()
    with pytest.raises(InvalidImage, match="an empty file is no image"), open_files(str(tmp_path / "empty")):
        pass
