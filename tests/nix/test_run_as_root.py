"""The layer that `runAsRoot` leaves on top of a base from elsewhere."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.support import images
from tests.support.nix import Nix


def on_top_of(nix: Nix, base: Path, script: str, extra: str = "") -> set[str]:
    """The names in the layer that these scripts make, but for the store's."""
    scripts = f"runAsRoot = ''{script}''; extraCommands = ''{extra}'';"
    image = nix.build_expression(f'dockerTools.buildImage {{ name = "a"; fromImage = {base}; {scripts} }}')
    with tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1])) as tar:
        return {member.name for member in tar if not f"{member.name}/".startswith("nix/")}


def test_a_directory_that_is_made_anew_is_opaque_however_inodes_are_numbered(nix: Nix, tmp_path: Path) -> None:
    # ext4 gives the number of the removed directory to the next one.
    directories = {f"dir{number}/a": b"" for number in range(20)}
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({**directories, "tmp": None})])
    names = on_top_of(nix, base, "for d in /dir*; do rm -r $d; mkdir $d; done")
    assert names == {f"dir{number}{inner}" for number in range(20) for inner in ("", "/.wh..wh..opq")}


def test_a_script_that_changes_nothing_leaves_nothing(nix: Nix, tmp_path: Path) -> None:
    files = {"usr/bin/a": b"x", "bin": "usr/bin", "tmp": None}
    base = images.docker_archive(tmp_path / "base.tar", [images.layer(files)])
    assert on_top_of(nix, base, "true") == set()


def test_a_tmp_that_the_base_lacks_stays(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"a": b""})])
    assert on_top_of(nix, base, "mktemp /tmp/x.XXX; [ $(stat -c %a /tmp) = 1777 ]; rm /tmp/x.*") == {"tmp"}


@pytest.mark.parametrize("code", ["mkdir /tmp; chmod 1777 /tmp", "mkdir -m 1777 /tmp", "install -d -m 1777 /tmp"])
def test_a_script_may_make_tmp(nix: Nix, tmp_path: Path, code: str) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"a": b""})])
    assert on_top_of(nix, base, f"{code}; [ $(stat -c %a /tmp) = 1777 ]") == {"tmp"}


def test_another_directory_of_that_name_is_not_it(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"var": None})])
    assert on_top_of(nix, base, "mkdir -p /var/tmp; rm $(mktemp)") == {"tmp", "var", "var/tmp"}


def test_a_script_with_libraries_of_its_own_stays_root(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"tmp": None})])
    script = "export LD_LIBRARY_PATH=/lib; touch /made; chown 7:8 /made; [ $(stat -c %u-%g /made) = 7-8 ]"
    assert on_top_of(nix, base, script) == {"made"}


def test_temporary_files_have_a_place(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"tmp": None}, mode=0o1777)])
    assert on_top_of(nix, base, "mv $(mktemp) /made") == {"made"}


MOUNT_POINTS = ["dev", "proc", "sys", "nix", "nix/store"]


@pytest.mark.parametrize("place", MOUNT_POINTS)
@pytest.mark.parametrize("sandbox", ["true", "false"])
def test_a_link_of_the_base_is_not_followed_and_stays(nix: Nix, tmp_path: Path, place: str, sandbox: str) -> None:
    outside = tmp_path / "outside"
    (outside / "store").mkdir(parents=True)
    outside.chmod(0o777)
    changed = [path.stat().st_ctime_ns for path in (outside, outside / "store")]
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"tmp": None, place: str(outside)})])
    script = "[ -d /nix/store ] && [ ! -L /nix ] && [ -c /dev/null ] && [ -e /proc/self/status ]; touch /reached"
    assert on_top_of(nix.configured(f"sandbox = {sandbox}"), base, script) == {"reached"}
    assert [path.stat().st_ctime_ns for path in (outside, outside / "store")] == changed
    assert list(outside.iterdir()) == [outside / "store"]


def test_a_link_of_the_base_is_a_directory_once_something_is_in_it(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"tmp": None, "nix": "/elsewhere"})])
    image = nix.build_expression(
        f'dockerTools.buildImage {{ name = "a"; fromImage = {base}; runAsRoot = "mkdir /nix/var"; }}'
    )
    with tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1])) as tar:
        assert {name: tar.getmember(name).isdir() for name in ("nix", "nix/var")} == {"nix": True, "nix/var": True}


@pytest.mark.parametrize("sandbox", ["true", "false"])
def test_absolute_links_lead_into_the_image_for_both_scripts(nix: Nix, tmp_path: Path, sandbox: str) -> None:
    outside = tmp_path / "data"
    outside.mkdir()
    outside.chmod(0o777)
    inside = str(outside)[1:]
    directories = [*map(str, Path(inside).parents)][-2::-1]
    files = {**dict.fromkeys([*directories, inside]), "link": str(outside)}
    base = images.docker_archive(tmp_path / "base.tar", [images.layer(files)])
    configured = nix.configured(f"sandbox = {sandbox}")
    names = on_top_of(configured, base, "echo > /link/root", "echo > link/extra")
    assert {f"{inside}/root", f"{inside}/extra"} <= names
    assert list(outside.iterdir()) == []


def test_store_paths_of_the_base_are_there_beside_ours(nix: Nix, tmp_path: Path) -> None:
    own = f"nix/store/{'a' * 32}-own"
    files = {"tmp": None, f"{own}/file": b"1", f"nix/store/{'b' * 32}-link": f"/{own}"}
    base = images.docker_archive(tmp_path / "base.tar", [images.layer(files)])
    script = f"cat /nix/store/{'b' * 32}-link/file > /made; ! touch /nix/store/new; echo 2 > /{own}/file"
    image = nix.build_expression(
        f'dockerTools.buildImage {{ name = "a"; fromImage = {base}; runAsRoot = "{script}"; }}'
    )
    with tarfile.open(fileobj=io.BytesIO(images.layers_of(image)[-1])) as tar:
        files_made = {member.name for member in tar if member.isfile()}
    assert {"made", f"{own}/file"} <= files_made
