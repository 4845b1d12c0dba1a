"""Store paths in a root file system, against what Nix knows of the same paths on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.images.base_store import StoreContent
from nixdock_hook.store.nar import nar_hash_and_size
from nixdock_hook.trees.tree import MOST_COPIED, Entry, Tree, read_root

A, B, C = (f"{letter * 32}-{letter}" for letter in "abc")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = tmp_path / "root/nix/store"
    (store / A / "bin/empty").mkdir(parents=True)
    (store / A / "bin/program").write_bytes(b"#!" + bytes(2 << 20) + f"/nix/store/{B}/lib\0".encode())
    (store / A / "bin/program").chmod(0o555)
    (store / A / "a link").symlink_to(f"/nix/store/{C}")
    (store / B).write_text(f"itself: {B[:32]}")
    (store / C).symlink_to("nowhere")
    return tmp_path / "root"


def content(root: Path) -> StoreContent:
    return StoreContent(read_root(str(root)))


def test_the_store_paths_are_found(root: Path) -> None:
    for name in (".links", "lost+found", f"{A}.lock", f"{B}.drv.chroot", "not-a-hash-x", f"{'e' * 32}-e"):
        (root / "nix/store" / name).mkdir()
    assert content(root).paths == [f"/nix/store/{name}" for name in (A, B, C)]


def test_without_a_store_there_are_none() -> None:
    assert StoreContent({b"etc": Entry("directory", 0o755)}).paths == []


@pytest.mark.parametrize(("name", "references"), [(A, [B, C]), (B, [B]), (C, [])])
def test_hash_size_and_references_are_those_of_nix(root: Path, name: str, references: list[str]) -> None:
    info = content(root).info(f"/nix/store/{name}")
    assert (info.nar_hash, info.nar_size) == nar_hash_and_size(str(root / "nix/store" / name))
    assert info.references == tuple(f"/nix/store/{reference}" for reference in references)


def test_content_may_lie_inside_a_tar(tmp_path: Path) -> None:
    (tmp_path / "tar").write_bytes(b"header content trailer")
    (tmp_path / "file").write_bytes(b"content")
    tree: Tree = {f"nix/store/{A}".encode(): Entry("file", 0o444, 7, origin=(os.fsencode(tmp_path / "tar"), 7))}
    info = StoreContent(tree).info(f"/nix/store/{A}")
    assert (info.nar_hash, info.nar_size) == nar_hash_and_size(str(tmp_path / "file"))
    assert b"".join(StoreContent(tree).read(f"/nix/store/{A}")) == b"content"


def test_what_nix_cannot_have_made_is_an_error() -> None:
    tree: Tree = {
        f"nix/store/{A}".encode(): Entry("directory", 0o555),
        f"nix/store/{A}/pipe".encode(): Entry("fifo", 0o644),
    }
    with pytest.raises(InvalidImage, match=f"^/nix/store/{A}/pipe is a fifo in the base image's store: get the image"):
        StoreContent(tree).info(f"/nix/store/{A}")


DEEP = f"nix/store/{A}".encode()
DIRECTORY = Entry("directory", 0o755)


def test_depth_has_no_limit() -> None:
    tree: Tree = {DEEP + b"/d" * depth: DIRECTORY for depth in range(2000)}
    assert (StoreContent(tree).info(f"/nix/store/{A}").nar_size or 0) > 2000 * 100


@pytest.mark.parametrize(("size", "links"), [(MOST_COPIED // 200, 200), (MOST_COPIED // 200, 201), (0, 10_000)])
def test_how_much_hard_links_may_take(size: int, links: int) -> None:
    file = Entry("file", 0o444, size=size)
    tree: Tree = {DEEP: DIRECTORY} | {DEEP + b"/%d" % number: file for number in range(links + 1)}
    if size * links <= MOST_COPIED:
        assert StoreContent(tree).paths == [f"/nix/store/{A}"]
    else:
        with pytest.raises(InvalidImage, match="hard links that take [0-9]+ bytes as copies, of 2147483648 that they"):
            StoreContent(tree)
