"""Trees written to disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.trees.tree import MOST_COPIED, Entry
from nixdock_hook.trees.unpack import unpack

DIRECTORY = Entry("directory", 0o755)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def test_hard_links_are_files_of_their_own(root: Path, tmp_path: Path) -> None:
    (tmp_path / "origin").write_bytes(b"before 12345")
    file = Entry("file", 0o644, size=5, origin=(bytes(tmp_path / "origin"), 7))
    unpack({b"a": file, b"d": DIRECTORY, b"d/b": file}, str(root))
    (root / "a").write_text("changed")
    assert (root / "d/b").read_text() == "12345"


def test_hard_links_that_would_fill_the_disk(root: Path) -> None:
    file = Entry("file", 0o644, size=MOST_COPIED // 2 + 1)
    with pytest.raises(InvalidImage, match="hard links that take 2147483650 bytes as copies, of 2147483648"):
        unpack({b"a": file, b"b": file, b"c": file}, str(root))
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("length", [255, 256])
def test_names_that_no_file_system_takes(root: Path, length: int) -> None:
    name = b"n" * length
    if length <= 255:
        unpack({name: DIRECTORY}, str(root))
        assert [path.name for path in root.iterdir()] == [name.decode()]
    else:
        with pytest.raises(InvalidImage, match=r"a name that is too long for the file system .b'n{40}'…, 256 b"):
            unpack({name: DIRECTORY}, str(root))
