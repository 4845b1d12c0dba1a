from __future__ import annotations

import os
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, StoreChanged
from nixdock_hook.trees.tree import Entry, Owner, entry_of, parents, read_root, sorted_entries


@pytest.mark.parametrize(("path", "above"), [(b"", []), (b"a", []), (b"a/b", [b"a"]), (b"a/b.c/d", [b"a", b"a/b.c"])])
def test_the_directories_a_path_is_in(path: bytes, above: list[bytes]) -> None:
    assert parents(path) == above


def test_parents_come_first_and_components_decide() -> None:
    entry = Entry("directory", 0o755)
    names = [b"a-b", b"a/z", b"a", b"a/b", b"B", "é".encode()]
    assert [name for name, _ in sorted_entries(dict.fromkeys(names, entry))] == [
        b"B",
        b"a",
        b"a/b",
        b"a/z",
        b"a-b",
        "é".encode(),
    ]


def test_a_directory_as_root(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir(mode=0o555)
    (tmp_path / "tool").write_bytes(b"12345")
    (tmp_path / "tool").chmod(0o4755)
    (tmp_path / "link").symlink_to("tool")
    assert read_root(str(tmp_path)) == {
        b"bin": Entry("directory", 0o555, origin=(os.fsencode(tmp_path / "bin"), 0)),
        b"tool": Entry("file", 0o4755, size=5, origin=(os.fsencode(tmp_path / "tool"), 0)),
        b"link": Entry("symlink", 0o777, target=b"tool", origin=(os.fsencode(tmp_path / "link"), 0)),
    }


def test_a_root_that_is_a_symlink_is_followed_as_rsync_does(tmp_path: Path) -> None:
    (tmp_path / "tree" / "etc").mkdir(parents=True)
    (tmp_path / "link").symlink_to("tree")
    assert set(read_root(str(tmp_path / "link"))) == {b"etc"}


def test_a_root_tar_keeps_what_it_records(tmp_path: Path) -> None:
    path = tmp_path / "root.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("var/data")
        member.uid, member.gid, member.uname, member.gname = 999, 998, "redis", "redis"
        member.mode, member.size, member.mtime = 0o640, 4, 7
        member.pax_headers = {"SCHILY.xattr.user.note": "n"}
        archive.addfile(member, BytesIO(b"data"))
        fifo = tarfile.TarInfo("var/fifo")
        fifo.type, fifo.mode = tarfile.FIFOTYPE, 0o600
        archive.addfile(fifo)
    tree = read_root(str(path))
    entry = tree[b"var/data"]
    assert (entry.mode, entry.size, entry.mtime, entry.owner) == (0o640, 4, 7, Owner(999, 998, "redis", "redis"))
    assert entry.xattrs == (("user.note", b"n"),)
    with path.open("rb") as file:
        file.seek(entry.origin[1])
        assert file.read(4) == b"data"
    assert tree[b"var/fifo"].kind == "fifo"


def test_a_users_tar_with_hard_links_is_no_root(tmp_path: Path) -> None:
    path = tmp_path / "root.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("b")
        link.type, link.linkname = tarfile.LNKTYPE, "a"
        archive.addfile(link)
    with pytest.raises(InvalidInput, match="^'b' is a hard link, .* in .*/root.tar: give the directory"):
        read_root(str(path))


def test_a_plain_file_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"not a tree")
    with pytest.raises(InvalidInput, match="is a file, not a directory in copyToRoot or contents: wrap it"):
        read_root(str(tmp_path / "file"))


def test_a_root_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged, match="gone is missing in copyToRoot or contents: correct the part"):
        read_root(str(tmp_path / "gone"))


def test_a_fifo_is_no_member(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InvalidInput, match="socket, fifo or device in .*fifo"):
        entry_of(os.fsencode(tmp_path / "fifo"))
