from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.perms import Perm
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.tar import write_layer
from nixdock_hook.trees.tree import Owner
from tests.support.recipes import tree


def members(source: StoreSource) -> dict[str, tuple[str, int, int, str, str]]:
    """Name → mode, uid, gid, uname and gname, as tarfile reads them."""
    output = io.BytesIO()
    write_layer(source, output.write)
    with tarfile.open(fileobj=io.BytesIO(output.getvalue())) as archive:
        return {
            member.name: (f"{member.mode:04o}", member.uid, member.gid, member.uname, member.gname)
            for member in archive
        }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    made = tree(tmp_path / "0-package", {"bin/tool": "x", "etc/secret": "y"})
    for file, mode in {"bin/tool": 0o555, "etc/secret": 0o444, "etc": 0o555, "bin": 0o555, ".": 0o555}.items():
        (made / file).chmod(mode)
    (made / "bin").chmod(0o755)
    (made / "bin/link").symlink_to("tool")
    (made / "bin").chmod(0o555)
    return made


def test_only_what_the_expression_is_found_in_changes(package: Path) -> None:
    perm = Perm(str(package), "/etc/secret$", mode="0600", uid=5, uname="five")
    found = members(StoreSource((str(package),), owner=Owner(1, 2, "u", "g"), perms=(perm,)))
    name = f"nix/store/{package.name}"
    assert found[f"{name}/etc/secret"] == ("0600", 5, 2, "five", "g")
    assert found[f"{name}/etc"] == ("0555", 1, 2, "u", "g")
    assert found[f"{name}/bin/tool"] == ("0555", 1, 2, "u", "g")


def test_it_holds_in_a_root_tree_too_and_for_its_directories(package: Path) -> None:
    found = members(StoreSource(root=(str(package),), perms=(Perm(str(package), "/etc$", mode="1777", gid=9),)))
    assert found["etc"] == ("1777", 0, 9, "root", "root")
    assert found["etc/secret"] == ("0444", 0, 0, "root", "root")


def test_a_symlink_keeps_its_mode_and_changes_its_owner(package: Path) -> None:
    found = members(StoreSource(root=(str(package),), perms=(Perm(str(package), ".", mode="0700", uid=3),)))
    assert found["bin/link"] == ("0777", 3, 0, "root", "root")


def test_a_path_that_only_begins_alike_is_another(package: Path, tmp_path: Path) -> None:
    other = tree(tmp_path / "0-package-doc", {"etc/secret": "z"})
    found = members(StoreSource((str(package), str(other)), perms=(Perm(str(package), uid=7),)))
    assert found[f"nix/store/{other.name}/etc/secret"][1] == 0
    assert found[f"nix/store/{package.name}/etc/secret"][1] == 7


def test_without_effect_the_bytes_are_those_without_perms(package: Path) -> None:
    plain, with_perm = io.BytesIO(), io.BytesIO()
    write_layer(StoreSource((str(package),)), plain.write)
    write_layer(StoreSource((str(package),), perms=(Perm("/elsewhere", mode="0000"),)), with_perm.write)
    assert plain.getvalue() == with_perm.getvalue()


def test_two_that_agree_are_no_conflict(package: Path) -> None:
    perms = (Perm(str(package), "etc", uid=1), Perm(str(package), "secret", uid=1))
    assert members(StoreSource((str(package),), perms=perms))[f"nix/store/{package.name}/etc/secret"][1] == 1


def test_a_conflict_names_both_and_the_file(package: Path) -> None:
    perms = (Perm(str(package), "etc", mode="0600"), Perm(str(package), "secret", mode="0640"))
    with pytest.raises(InvalidInput) as caught:
        members(StoreSource((str(package),), perms=perms))
    message = str(caught.value)
    assert "regex = 'etc', mode = 0600" in message and "regex = 'secret', mode = 0640" in message
    assert f"{package}/etc/secret" in message and "narrow the regex" in message


@pytest.mark.parametrize(
    ("perm", "message"), [(Perm("", "("), "no regular expression"), (Perm("", mode="rwx"), "the mode 'rwx'")]
)
def test_what_is_no_expression_and_no_mode(package: Path, perm: Perm, message: str) -> None:
    perm = Perm(str(package), perm.regex, perm.mode)
    with pytest.raises(InvalidInput, match=message):
        members(StoreSource((str(package),), perms=(perm,)))
