"""The layer that `runAsRoot` leaves on top of a base from elsewhere."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from tests.support import images
from tests.support.nix import Nix


def on_top_of(nix: Nix, base: Path, script: str) -> set[str]:
    """The names in the layer that this script makes, but for the store's."""
    image = nix.build_expression(
        f"""dockerTools.buildImage {{ name = "a"; fromImage = {base}; runAsRoot = ''{script}''; }}"""
    )
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


def test_temporary_files_have_a_place(nix: Nix, tmp_path: Path) -> None:
    base = images.docker_archive(tmp_path / "base.tar", [images.layer({"tmp": None}, mode=0o1777)])
    assert on_top_of(nix, base, "mv $(mktemp) /made") == {"made"}
