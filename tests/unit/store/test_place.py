"""Names of store paths."""

from __future__ import annotations

import pytest

from nixdock_hook.store.place import holder, is_store_name, name_of, split_name

HASH = "0123456789abcdfghijklmnpqrsvwxyz"


@pytest.mark.parametrize("name", [f"{HASH}-a", f"{HASH}-hello-1.0+x_y?=.drv", f"{HASH}-{'n' * 211}"])
def test_what_nix_could_have_named(name: str) -> None:
    assert is_store_name(name)


@pytest.mark.parametrize(
    "name",
    ["", HASH, f"{HASH}-", f"{HASH[1:]}-a", f"e{HASH[1:]}-a", f"{HASH}-a/b", f"{HASH}-ä", f"{HASH}-{'n' * 212}"],
)
def test_what_it_could_not(name: str) -> None:
    assert not is_store_name(name)


def test_the_store_path_that_holds_a_path_and_its_name() -> None:
    path = f"/nix/store/{'a' * 32}-hello-2.10"
    assert holder(f"{path}/bin/hello") == holder(path) == path
    assert name_of(path) == "hello-2.10"


@pytest.mark.parametrize(
    ("whole", "name", "version"),
    [
        ("openssl-3.0.14-bin", "openssl", "3.0.14-bin"),
        ("app-modules", "app-modules", ""),
        ("python3-3.11-env", "python3", "3.11-env"),
    ],
)
def test_the_version_begins_where_no_letter_follows_a_dash(whole: str, name: str, version: str) -> None:
    assert split_name(whole) == (name, version)
