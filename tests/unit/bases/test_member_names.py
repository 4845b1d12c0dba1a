"""One form for the names of members."""

from __future__ import annotations

import pytest

from nixdock_hook.bases.member_names import member_path, normalise
from nixdock_hook.errors import InvalidImage, InvalidInput


@pytest.mark.parametrize(
    "name",
    ["nix/store/x", "/nix/store/x", "./nix/store/x/", "nix//store/./x", "//nix/store/y/../x", "./././nix/store/x//"],
)
def test_one_form_for_tar_and_find(name: str) -> None:
    assert normalise(name.encode()) == b"nix/store/x"


@pytest.mark.parametrize("name", [b"", b"/", b".", b"./", b"a/.."])
def test_the_root_is_empty(name: bytes) -> None:
    assert normalise(name) == b""


@pytest.mark.parametrize("name", [b"..", b"../x", b"/..", b"a/../../x", b"./../etc/passwd"])
def test_climbing_out_is_an_error(name: bytes) -> None:
    with pytest.raises(InvalidInput, match="climbs out of the root"):
        normalise(name)


@pytest.mark.parametrize(
    ("name", "path"), [("a/b", "a/b"), ("./a//b/", "a/b"), ("/a", "a"), ("//a", "a"), ("a/../b", "b"), (".", "")]
)
def test_one_form_of_names(name: str, path: str) -> None:
    assert member_path(name.encode(), "here").decode() == path


@pytest.mark.parametrize("name", ["..", "../a", "/../a", "a/../../b", "./../a"])
def test_names_that_climb_out(name: str) -> None:
    with pytest.raises(InvalidImage, match="climbs out of the archive in here: "):
        member_path(name.encode(), "here", "archive")
