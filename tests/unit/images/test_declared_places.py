"""Where declared files go, over what is there already."""

from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.declared_places import Places
from nixdock_hook.trees.tree import Entry, Owner, Tree

PACKAGE = "nix/store/0123456789abcdfghijklmnpqrsvwxyz-package"
FILE = Entry("file", 0o644)
OWNER = Owner()


def there(**files: str | None) -> Tree:
    """An image's entries: a directory, a file ("") or a symlink to a path; `_` in names stands for `/`."""
    return dict(entry(name.replace("_", "/"), target) for name, target in files.items())


def entry(path: str, target: str | None) -> tuple[bytes, Entry]:
    if target is None:
        return path.encode(), Entry("directory", 0o755, owner=OWNER)
    if not target:
        return path.encode(), Entry("file", 0o755, owner=OWNER)
    return path.encode(), Entry("symlink", 0o777, target=target.encode(), owner=OWNER)


STORE = dict(
    [
        entry(PACKAGE, None),
        entry(f"{PACKAGE}/bin", None),
        entry(f"{PACKAGE}/bin/one", ""),
        entry(f"{PACKAGE}/bin/sub", None),
        entry(f"{PACKAGE}/bin/sub/two", ""),
        entry(f"{PACKAGE}/binaries", ""),
        entry(f"{PACKAGE}/sbin", "bin"),
    ]
)


def made(tree: Tree, path: str) -> dict[str, str]:
    """What is made for a file at a path: path → target of a symlink, "" for anything else."""
    places = Places(tree)
    places.put(path, FILE, "files")
    return {name.decode(): found.target.decode() for name, found in places.made.items()}


@pytest.mark.parametrize("target", [f"/{PACKAGE}/bin", f"../{PACKAGE}/bin", f"/{PACKAGE}/sbin"])
def test_what_leads_into_the_store_becomes_a_directory_of_links(target: str) -> None:
    """No path of the store is written to, and what the link showed stays."""
    assert made(STORE | there(bin=target), "/bin/new") == {
        "bin": "",
        "bin/one": f"/{PACKAGE}/bin/one",
        "bin/sub": f"/{PACKAGE}/bin/sub",
        "bin/new": "",
    }


def test_links_that_lead_into_it_over_others_too() -> None:
    found = made(STORE | there(bin="usr/bin", usr=f"/{PACKAGE}"), "/bin/sub/new")
    assert found == {
        "usr": "",
        "usr/bin": "",
        "usr/binaries": f"/{PACKAGE}/binaries",
        "usr/sbin": f"/{PACKAGE}/sbin",
        "usr/bin/one": f"/{PACKAGE}/bin/one",
        "usr/bin/sub": "",
        "usr/bin/sub/two": f"/{PACKAGE}/bin/sub/two",
        "usr/bin/sub/new": "",
    }


def test_a_link_to_nothing_in_the_store_becomes_an_empty_directory() -> None:
    assert made(there(bin="/nix/store/gone"), "/bin/new") == {"bin": "", "bin/new": ""}


def test_below_a_link_to_a_file_there_is_no_room() -> None:
    with pytest.raises(InvalidInput, match=f"^/{PACKAGE}/bin/one, which /tool/x is in, is a file in files: "):
        made(STORE | there(tool=f"/{PACKAGE}/bin/one"), "/tool/x")


def test_the_links_of_an_image_stay_and_are_followed() -> None:
    assert made(there(bin="usr/bin", usr=None, usr_bin=None), "/bin/new") == {
        "usr": "",
        "usr/bin": "",
        "usr/bin/new": "",
    }


def test_files_are_found_through_links_also_once_these_are_directories() -> None:
    places = Places(STORE | there(bin=f"/{PACKAGE}/bin"))
    assert places.file("/bin/one") == STORE[f"{PACKAGE}/bin/one".encode()]
    places.put("/bin/new", FILE, "files")
    assert places.file("/bin/one") == STORE[f"{PACKAGE}/bin/one".encode()]
    assert places.file("/bin/new") == FILE
    assert places.file("/bin/none") is None
    assert (places.is_there("/bin"), places.is_there("/bin/none")) == (True, False)


def test_over_a_directory_nothing_is_put() -> None:
    with pytest.raises(InvalidInput, match="^/etc is a directory already in files: declare it at another place$"):
        made(there(etc=None), "/etc")
