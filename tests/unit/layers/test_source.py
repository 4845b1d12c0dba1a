from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.perms import Perm, perms_from_json
from nixdock_hook.layers.source import (
    ArchiveSource,
    BlobSource,
    Source,
    StoreSource,
    TarSource,
    kept_in,
    source_from_json,
    source_to_json,
)
from nixdock_hook.store import place
from nixdock_hook.trees.tree import Owner, owner_from_json

PERM = {"path": "/nix/store/a", "regex": "x$", "mode": "0640", "uid": 1, "gid": None, "uname": "u", "gname": None}
STORE: dict[str, Any] = {
    "kind": "store",
    "paths": ["/nix/store/a", "/nix/store/b"],
    "root": ["/nix/store/tree"],
    "owner": {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"},
    "mtime": 7,
    "dirlinks": "keep",
    "perms": [PERM],
}
SOURCES: list[tuple[Source, dict[str, Any]]] = [
    (
        StoreSource(
            ("/nix/store/a", "/nix/store/b"),
            ("/nix/store/tree",),
            Owner(1000, 100, "user", "users"),
            7,
            "keep",
            (Perm("/nix/store/a", "x$", "0640", uid=1, uname="u"),),
        ),
        STORE,
    ),
    (
        TarSource("/nix/store/layer.tar", ("/nix/store/a",)),
        {"kind": "tar", "path": "/nix/store/layer.tar", "paths": ["/nix/store/a"]},
    ),
    (
        ArchiveSource("/nix/store/base.tar.gz", "0/layer.tar"),
        {"kind": "archive", "path": "/nix/store/base.tar.gz", "member": "0/layer.tar"},
    ),
]


@pytest.mark.parametrize(("source", "stated"), SOURCES)
def test_each_kind_has_its_json(source: Source, stated: dict[str, Any]) -> None:
    assert json.loads(json.dumps(source_to_json(source))) == stated
    assert source_from_json(stated) == source


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ArchiveSource("/nix/store/a.tar", "b/layer.tar"), "member 'b/layer.tar' of /nix/store/a.tar"),
        (BlobSource("/nix/store/b", "sha256:0", 1), "/nix/store/b"),
        (TarSource("/nix/store/c"), "/nix/store/c"),
        (StoreSource(("/nix/store/d",)), ""),
    ],
)
def test_what_names_it_in_an_error(source: Source, words: str) -> None:
    assert kept_in(source) == words


def test_defaults_are_root_at_the_first_second() -> None:
    owner = {"uid": 0, "gid": 0, "uname": "root", "gname": "root"}
    plain = {"paths": (), "root": (), "owner": owner, "mtime": 1, "dirlinks": "conflict", "perms": ()}
    assert source_to_json(StoreSource()) == {"kind": "store"} | plain


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], {}, {"kind": "zip", "path": "/x"}, {"kind": "tar"}, {"kind": "tar", "path": 1}),
        {"kind": "archive", "path": "/x"},
        {"kind": "store", "paths": []},
        STORE | {"paths": "/nix/store/a"},
        STORE | {"root": None},
        STORE | {"owner": {"uid": 0}},
        STORE | {"owner": {"uid": "0", "gid": 0, "uname": "root", "gname": "root"}},
        STORE | {"mtime": "1"},
    ],
)
def test_an_unknown_source_is_shown(value: Any) -> None:
    with pytest.raises(InvalidInput, match="^unknown layer source .* in the recipe: build it again with this nixdock$"):
        source_from_json(value)


def test_a_long_unknown_source_is_shortened() -> None:
    with pytest.raises(InvalidInput) as caught:
        source_from_json({"kind": "x" * 1000})
    assert len(str(caught.value)) < 300


def test_ids_may_be_strings_of_digits() -> None:
    given = {"uid": "1000", "gid": 100, "uname": "me", "gname": "us"}
    assert owner_from_json(given) == Owner(1000, 100, "me", "us")
    assert perms_from_json([{"path": "/x", "uid": "5", "gid": None}]) == (Perm("/x", uid=5),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"uid": -1}, "^uid = -1: it is a number, like 1000$"),
        ({"gid": "users"}, "^gid = 'users': it is a number, like 1000$"),
        ({"uid": None}, "^uid = null: "),
        ({"uid": 1 << 32}, "^uid = 4294967296: it is a number"),
        ({"gid": "9" * 5000}, "^gid = '9999.*: it is a number"),
        ({"uname": 1000}, "^uname = 1000: it is a string: put it in quotes$"),
    ],
)
def test_an_owner_that_is_none(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        owner_from_json({"uid": 0, "gid": 0, "uname": "root", "gname": "root"} | change)


@pytest.mark.parametrize(
    ("perm", "message"),
    [
        ({"path": "/x", "mode": 755}, "^mode = 755 in perms: it is a string: put it in quotes$"),
        ({"path": "/x", "uid": "me"}, "^uid = 'me': it is a number"),
        ({"path": "/x", "regexp": "."}, "^not a perm "),
        ("/x", "^not a perm "),
        ({"path": None}, "^path = null in perms: it is a string"),
    ],
)
def test_a_perm_that_is_none(perm: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        perms_from_json([perm])


OUTSIDE = [
    *("/etc/passwd", "/nix/store", "/nix/store/", "/nix/store/../../etc/passwd", "/nix/store/./a", "nix/store/a", ""),
    *("/nix/store/a/", "/nix/storefront/a", "//nix/store/a"),
]


@pytest.fixture
def real_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that, unlike those of other tests, is not all of the temporary directory."""
    (tmp_path / "store").mkdir()
    monkeypatch.setattr(place, "ROOTS", ("/nix/store", str(tmp_path / "store")))
    return tmp_path / "store"


def of_each_kind(path: str) -> list[dict[str, Any]]:
    """Sources that would read this path."""
    return [
        {"kind": "tar", "path": path, "paths": []},
        {"kind": "archive", "path": path, "member": "x"},
        {"kind": "blob", "path": path, "digest": "sha256:" + "0" * 64, "size": 1},
        STORE | {"root": ["/nix/store/tree", path]},
        STORE | {"paths": ["/nix/store/a", path]},
    ]


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_store_is_a_source(path: str) -> None:
    for value in of_each_kind(path):
        with pytest.raises(InvalidInput, match="is not in the store in the recipe: build it again"):
            source_from_json(value)


def test_a_link_out_of_the_store_is_no_way_out(real_store: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path, real_store / "link")
    os.symlink("../secret", real_store / "file")
    *files, _, below = of_each_kind(f"{real_store}/link/secret")
    for value in [*files, below, *of_each_kind(f"{real_store}/file")[:4]]:
        with pytest.raises(InvalidInput, match="is not in the store"):
            source_from_json(value)


def test_a_store_path_may_be_a_link_that_nobody_follows(real_store: Path) -> None:
    os.symlink("/etc", real_store / "link")
    source = source_from_json(STORE | {"paths": [f"{real_store}/link"]})
    assert isinstance(source, StoreSource) and source.paths == (f"{real_store}/link",)


@pytest.mark.parametrize(
    "change", [{"paths": [1]}, {"root": [None]}, {"kind": "tar", "path": "/nix/store/a", "paths": [1]}]
)
def test_places_that_are_no_texts(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="^unknown layer source "):
        source_from_json(STORE | change)
