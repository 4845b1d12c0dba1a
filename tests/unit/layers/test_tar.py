"""The canonical tar, read back by Python's tarfile and by GNU tar."""

from __future__ import annotations

import io
import os
import socket
import sys
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput, StoreChanged
from nixdock_hook.layers import buffers
from nixdock_hook.layers.headers import BLOCK
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.tar import write_layer, write_tree
from nixdock_hook.trees.tree import Entry, Owner
from tests.support.tools import ROOT, need, output


def tar_of(source: StoreSource) -> bytes:
    """The layer as bytes; the size that is returned is theirs, and no block is larger than promised."""
    blocks: list[bytes] = []
    size = write_layer(source, lambda block: blocks.append(bytes(block)))
    data = b"".join(blocks)
    assert (size, size % 512) == (len(data), 0)
    assert max(map(len, blocks)) <= buffers._ROOM + BLOCK
    return data


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    """Members by name; each name comes once."""
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8") as archive:
        found = archive.getmembers()
    assert len({member.name for member in found}) == len(found)
    return {member.name: member for member in found}


def content(data: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A directory to make store paths in."""
    path = tmp_path / "store"
    path.mkdir()
    return path


def make(path: Path, files: dict[str, bytes]) -> str:
    """A directory with these files."""
    path.mkdir()
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return str(path)


def test_one_store_path(store: Path) -> None:
    path = make(store / "a", {"bin/tool": b"tool", "share/doc": b""})
    os.chmod(store / "a/bin/tool", 0o555)
    os.chmod(store / "a/share/doc", 0o444)
    os.chmod(store / "a/share", 0o555)
    os.symlink("../bin/tool", store / "a/share/link")
    (store / "a/empty").mkdir()
    data = tar_of(StoreSource((path,), owner=Owner(7, 8, "u", "g"), mtime=42))
    found = members(data)
    assert list(found) == [
        "nix",
        "nix/store",
        "nix/store/a",
        "nix/store/a/bin",
        "nix/store/a/bin/tool",
        "nix/store/a/empty",
        "nix/store/a/share",
        "nix/store/a/share/doc",
        "nix/store/a/share/link",
    ]
    assert content(data, "nix/store/a/bin/tool") == b"tool"
    assert found["nix/store/a/share/link"].linkname == "../bin/tool"
    modes = [found[name].mode for name in ("nix", "nix/store", "nix/store/a/bin/tool", "nix/store/a/share/doc")]
    assert modes == [0o755, 0o755, 0o555, 0o444]
    assert found["nix/store/a/share"].mode == 0o555
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in found.values()} == {(42, 7, 8, "u", "g")}


def test_order_is_that_of_gnu_tar(tmp_path: Path, store: Path) -> None:
    names = ["b/c", "b-c", "b.c", "b0", "B", "é", "a b", "b/c0/d", "~"]
    path = make(store / "x", {name + "/file": b"" for name in names})
    (tmp_path / "nix").mkdir()
    (store).rename(tmp_path / "nix/store")
    path = str(tmp_path / "nix/store/x")
    gnu = output(need("tar"), "--sort=name", "-C", tmp_path, "-cf", "-", "nix")
    assert list(members(tar_of(StoreSource((path,))))) == list(members(gnu))


def test_gnu_tar_unpacks_what_was_packed(tmp_path: Path, store: Path) -> None:
    long = "d" * 120 + "/" + "e" * 120
    path = make(store / "x", {long + "/" + "f" * 90: b"long", "é": b"accent", "big": os.urandom(3_000_001)})
    os.symlink("t" * 300, store / "x/link")
    (tmp_path / "layer.tar").write_bytes(tar_of(StoreSource((path,))))
    (tmp_path / "out").mkdir()
    output(need("tar"), "-C", tmp_path / "out", "-xf", tmp_path / "layer.tar")
    output(need("diff"), "--recursive", "--no-dereference", path, tmp_path / "out/nix/store/x")


def test_names_that_are_no_utf8(store: Path) -> None:
    make(store / "x", {})
    Path(os.fsdecode(os.fsencode(store / "x") + b"/\xff")).write_bytes(b"latin")
    assert "nix/store/x/\udcff" in members(tar_of(StoreSource((str(store / "x"),))))


def test_store_paths_that_are_no_directories(store: Path) -> None:
    make(store / "dir", {"file": b""})
    (store / "plain").write_bytes(b"plain")
    os.symlink("dir", store / "symlink")
    data = tar_of(StoreSource((str(store / "plain"), str(store / "symlink"))))
    assert list(members(data)) == ["nix", "nix/store", "nix/store/plain", "nix/store/symlink"]
    assert content(data, "nix/store/plain") == b"plain"


def test_hard_links_are_copies(store: Path) -> None:
    path = make(store / "x", {"a": b"same"})
    os.link(store / "x/a", store / "x/b")
    data = tar_of(StoreSource((path,)))
    assert content(data, "nix/store/x/b") == b"same"
    assert all(not member.islnk() for member in members(data).values())


def test_nothing_at_all() -> None:
    assert tar_of(StoreSource()) == bytes(1024)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513])
@pytest.mark.parametrize("before", [0, 1])
def test_sizes_around_a_block(store: Path, size: int, before: int) -> None:
    path = make(store / "x", {"a": b"\xaa" * 511 * before, "b": b"\xbb" * size, "c": b"c"})
    data = tar_of(StoreSource((path,)))
    assert content(data, "nix/store/x/b") == b"\xbb" * size
    assert content(data, "nix/store/x/c") == b"c"


@pytest.mark.parametrize("around", [-513, -512, -1, 0, 1, 511, 512])
def test_files_that_just_fill_a_buffer(store: Path, around: int) -> None:
    size = buffers._ROOM - 4 * 512 + around  # nix, nix/store, the path and the file have a header each
    path = make(store / "x", {"a": os.urandom(size), "b": b"b"})
    data = tar_of(StoreSource((path,)))
    assert content(data, "nix/store/x/a") == (store / "x/a").read_bytes()
    assert content(data, "nix/store/x/b") == b"b"


def test_root_trees_and_store_paths_in_one_order(tmp_path: Path, store: Path) -> None:
    path = make(store / "m", {"file": b"store"})
    root = make(tmp_path / "root", {"etc/passwd": b"root", "nix/store/z/f": b"", "nix/var/db": b"db", "opt/x": b""})
    os.chmod(tmp_path / "root/nix", 0o555)
    data = tar_of(StoreSource((path,), (root,)))
    found = members(data)
    inside = ["nix/store/m", "nix/store/m/file", "nix/store/z", "nix/store/z/f", "nix/var", "nix/var/db"]
    assert list(found) == ["etc", "etc/passwd", "nix", "nix/store", *inside, "opt", "opt/x"]
    assert found["nix"].mode == 0o755
    assert content(data, "etc/passwd") == b"root"


def test_an_empty_nix_is_left_out(tmp_path: Path) -> None:
    root = make(tmp_path / "root", {"etc/x": b""})
    (tmp_path / "root/nix/store").mkdir(parents=True)
    assert list(members(tar_of(StoreSource(root=(root,))))) == ["etc", "etc/x"]


def test_what_root_and_store_path_both_have_comes_once(tmp_path: Path, store: Path) -> None:
    path = make(store / "m", {"file": b"store"})
    root = make(tmp_path / "root", {"nix/store/m/file": b"root"})
    assert content(tar_of(StoreSource((path,), (root,))), "nix/store/m/file") == b"store"


def test_a_root_that_writes_into_a_store_path(tmp_path: Path, store: Path) -> None:
    path = make(store / "m", {"file": b"store"})
    root = make(tmp_path / "root", {"nix/store/m/more": b"root"})
    with pytest.raises(InvalidInput, match="puts /nix/store/m/more inside a store path"):
        tar_of(StoreSource((path,), (root,)))


def test_a_root_whose_nix_is_a_file(tmp_path: Path, store: Path) -> None:
    path = make(store / "m", {})
    with pytest.raises(InvalidInput, match="/nix is no directory in a root tree"):
        tar_of(StoreSource((path,), (make(tmp_path / "root", {"nix": b""}),)))


def test_the_content_of_a_root_tar(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", {"etc/a": b"1" * 700, "etc/b": b"2" * 2_000_000})
    direct = tar_of(StoreSource(root=(tree,)))
    (tmp_path / "root.tar").write_bytes(direct)
    assert tar_of(StoreSource(root=(str(tmp_path / "root.tar"),))) == direct


def test_a_tree_is_written_as_it_is() -> None:
    written = io.BytesIO()
    write_tree({b"nix": Entry("directory", 0o700, owner=Owner(5, 6, "", ""))}, Owner(), 9, written.write)
    found = members(written.getvalue())
    assert [(m.name, m.mode, m.uid, m.mtime) for m in found.values()] == [("nix", 0o700, 5, 9)]


@pytest.mark.parametrize(("filler", "gone"), [("a/0", "x"), ("x/0", "x/sub"), ("x/sub/0", "x/sub/file")])
def test_what_vanished_is_named(store: Path, filler: str, gone: str) -> None:
    paths = [make(store / "a", {}), make(store / "x", {"sub/file": b"1"})]
    (store / filler).write_bytes(bytes(3 << 20))  # a block is written after `gone` was listed, before it is read

    with pytest.raises(StoreChanged, match=f"/{gone} cannot be read .*nix-store --verify"):
        write_layer(StoreSource(tuple(paths)), lambda _: output("rm", "-rf", store / gone))


@pytest.mark.parametrize("size", [700, 5_000_000])
@pytest.mark.parametrize("change", [-1, 1, 600])
def test_a_file_whose_size_changes(store: Path, size: int, change: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(store / "x", {"file": bytes(size)})
    fstat = os.fstat

    def stale(fd: int) -> os.stat_result:
        status = list(fstat(fd))
        status[6] += change
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", stale)
    with pytest.raises(StoreChanged, match=rf"x/file is no longer {size + change} bytes long"):
        tar_of(StoreSource((path,)))


def test_a_root_file_whose_size_changes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12")
    for size, offset in ((1, 0), (3, 0), (2, 1)):
        tree = {b"f": Entry("file", 0o444, size=size, origin=(os.fsencode(tmp_path / "file"), offset))}
        with pytest.raises(StoreChanged, match="file is no longer"):
            write_tree(tree, Owner(), 1, lambda block: None)


def test_sockets_are_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(store / "x", {})
    monkeypatch.chdir(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(InvalidInput, match="a socket, fifo or device in .*/x/socket"):
            tar_of(StoreSource((path,)))


def test_errors_of_the_consumer_are_its_own(store: Path) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_layer(StoreSource((make(store / "x", {"f": b""}),)), full)


# Not ru_maxrss: what a process had before exec, a copy of pytest's memory, counts there.
MEASURED = """
import sys
sys.path.insert(0, sys.argv[1])
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import StoreSource
print(*hash_layer(StoreSource((sys.argv[2],))))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


def test_memory_stays_flat_for_a_file_of_three_gibibytes(store: Path) -> None:
    size = 3 << 30
    with open(store / "sparse", "wb") as file:
        file.truncate(size)
    digest, total, kibibytes = output(sys.executable, "-c", MEASURED, ROOT, store / "sparse").split()
    assert digest.startswith(b"sha256:")
    assert int(total) == 3 * 512 + size + 1024
    assert int(kibibytes) < 60 << 10
