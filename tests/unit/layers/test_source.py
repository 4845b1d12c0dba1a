from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.source import (
    ArchiveSource,
    Owner,
    Perm,
    Source,
    StoreSource,
    TarSource,
    owner_from_json,
    perms_from_json,
    source_from_json,
    source_to_json,
)

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
    ],
)
def test_a_perm_that_is_none(perm: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        perms_from_json([perm])
