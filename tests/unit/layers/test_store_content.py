"""Store paths in a root file system, against what Nix knows of the same paths on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.layers.store_content import MOST_LEVELS, StoreContent
from nixdock_hook.layers.tree import Entry, Tree, read_root
from nixdock_hook.store.nar import nar_hash_and_size

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


@pytest.mark.parametrize("levels", [MOST_LEVELS, MOST_LEVELS + 1])
def test_directories_in_one_another(levels: int) -> None:
    top = f"nix/store/{A}".encode()
    tree: Tree = {top + b"/a" * level: Entry("directory", 0o555) for level in range(levels + 1)}
    if levels == MOST_LEVELS:
        assert StoreContent(tree).info(f"/nix/store/{A}").references == ()
    else:
        with pytest.raises(InvalidImage, match="has more than 200 directories in one another in the base: get"):
            StoreContent(tree).info(f"/nix/store/{A}")
