from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput, ProgramFailed, shown
from tests.support.recipes import tree
from tests.support.tools import need

from .conftest import Build

USER = {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"}


def spec(*trees: Path, **changes: Any) -> dict[str, Any]:
    plain = {
        "trees": list(map(str, trees)),
        "dirlinks": "conflict",
        "owner": USER,
        "mtime": "1970-01-01T00:00:07Z",
        "extraCommands": "",
        "fakeRootCommands": "",
        "enableFakechroot": False,
        "debug": False,
        "shell": need("bash"),
        "stdenv": "",
        "database": None,
        "onBase": False,
    }
    return plain | changes


def members(archive: Path) -> Mapping[str, tarfile.TarInfo]:
    with tarfile.open(archive, "r:") as tar:
        return {member.name: member for member in tar}


def content(archive: Path, name: str) -> bytes:
    with tarfile.open(archive, "r:") as tar:
        file = tar.extractfile(name)
        assert file is not None
        return file.read()


def mode(archive: Path, name: str) -> int:
    return stat.S_IMODE(members(archive)[name].mode)


def test_the_union_of_the_trees_is_packed(build: Build, tmp_path: Path) -> None:
    one, two = tree(tmp_path / "one", {"etc/a": "1", "etc/b": "1"}), tree(tmp_path / "two", {"etc/b": "2"})
    out = build.run("root_tree", spec(one, two))
    assert list(members(out)) == ["etc", "etc/a", "etc/b"]
    assert content(out, "etc/b") == b"2"


def test_everything_has_the_owner_and_the_time(build: Build, tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"etc/a": "1"})
    out = build.run("root_tree", spec(one, extraCommands="mkdir tmp; ln -s etc/a link"))
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members(out).values()} == {
        (1000, 100, "user", "users", 7)
    }
    assert list(members(out)) == ["etc", "etc/a", "link", "tmp"]


def test_the_script_starts_in_the_future_root_and_may_change_everything(build: Build, tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"etc/a": "1", "etc/gone": "1"})
    (one / "etc/a").chmod(0o444)
    (one / "etc").chmod(0o555)
    script = """
        test "$PWD" = "$NIX_BUILD_TOP/root"
        echo more > etc/new
        rm etc/gone
        chmod 1777 etc
        chmod 4755 etc/a
    """
    out = build.run("root_tree", spec(one, extraCommands=script))
    assert list(members(out)) == ["etc", "etc/a", "etc/new"]
    assert content(out, "etc/new") == b"more\n"
    assert (mode(out, "etc"), mode(out, "etc/a"), mode(out, "etc/new")) == (0o1777, 0o4755, 0o644)


def test_the_trees_themselves_stay_as_they_are(build: Build, tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"etc/a": "1"})
    build.run("root_tree", spec(one, extraCommands="echo 2 > etc/a; rm -r etc"))
    assert (one / "etc/a").read_text() == "1"


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(build: Build, tmp_path: Path, umask: int) -> None:
    one = tree(tmp_path / "one", {"etc/a": "1"})
    (one / "etc/a").chmod(0o555)
    os.umask(umask)
    out = build.run("root_tree", spec(one, extraCommands="mkdir new; touch new/file"))
    modes = {name: mode(out, name) for name in members(out)}
    assert modes == {"etc": 0o755, "etc/a": 0o555, "new": 0o755, "new/file": 0o644}


def test_symlinks_to_directories_stay_where_they_are_asked_to(build: Build, tmp_path: Path) -> None:
    linked, real = tree(tmp_path / "one", {"usr/bin/a": "1"}), tree(tmp_path / "two", {"bin/b": "2"})
    (linked / "bin").symlink_to("usr/bin")
    kept = members(build.run("root_tree", spec(linked, real, dirlinks="keep")))
    assert kept["bin"].linkname == "usr/bin" and "usr/bin/b" in kept


@pytest.mark.parametrize(
    ("script", "ending"),
    [("exit 3", "exit status 3"), ("false; true", "exit status 1")],
)
def test_a_script_that_fails_is_named(build: Build, script: str, ending: str) -> None:
    with pytest.raises(ProgramFailed) as caught:
        build.run("root_tree", spec(extraCommands=script))
    assert str(caught.value) == f"the script `extraCommands` failed with {ending}: its messages are above"
    assert not build.out.exists()


def test_its_messages_are_shown(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    build.run("root_tree", spec(extraCommands="echo to-stdout; echo to-stderr >&2"))
    printed = capfd.readouterr()
    assert "to-stdout" in printed.out + printed.err and "to-stderr" in printed.err


def test_debug_shows_its_commands(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    script = "made=by-hand; touch $made"
    build.run("root_tree", spec(extraCommands=script))
    assert "touch by-hand" not in capfd.readouterr().err
    (build.top / "root/by-hand").unlink()
    (build.top / "root").rmdir()
    build.run("root_tree", spec(extraCommands=script, debug=True))
    assert "+ touch by-hand\n" in capfd.readouterr().err


@pytest.mark.parametrize("mtime", ["soon", 1])
def test_a_time_that_is_none(build: Build, mtime: object) -> None:
    with pytest.raises(InvalidInput, match=f"^{shown(mtime)} is no point in time in mtime: "):
        build.run("root_tree", spec(mtime=mtime))


def test_a_tree_that_is_a_file(build: Build, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no tree")
    with pytest.raises(
        InvalidInput, match=f"^{tmp_path}/file is a file, not a directory in copyToRoot or contents: wrap it"
    ):
        build.run("root_tree", spec(tmp_path / "file"))


LONG = "a='" + "é'\\''$(" * 100_000 + "'\n"
"""More than Linux takes as one argument, with quotes that have to stay together."""


@pytest.mark.parametrize("argument", ["extraCommands", "fakeRootCommands"])
def test_a_script_may_be_very_long(build: Build, argument: str) -> None:
    need("fakeroot")
    script = LONG + 'echo "$# $(printf %s "$a" | wc -c) ${a: -3}" > out; false; echo not reached > out'
    with pytest.raises(ProgramFailed, match=f"^the script `{argument}` failed with exit status 1: "):
        build.run("root_tree", spec(**{argument: script}))
    assert (build.top / "root/out").read_text() == "0 500000 '$(\n"


class TestFakeRoot:
    @pytest.fixture(autouse=True)
    def fakeroot(self) -> None:
        need("fakeroot")

    def test_owners_are_those_the_script_gave(self, build: Build, tmp_path: Path) -> None:
        one = tree(tmp_path / "one", {"etc/a": "1", "etc/b": "1"})
        out = build.run("root_tree", spec(one, fakeRootCommands="chown 7:8 etc/a; chmod 4711 etc/a; echo 2 > c"))
        found = {name: (m.uid, m.gid, m.uname) for name, m in members(out).items()}
        assert found == {"c": (0, 0, "root"), "etc": (0, 0, "root"), "etc/a": (7, 8, ""), "etc/b": (0, 0, "root")}
        assert (mode(out, "etc/a"), content(out, "c")) == (0o4711, b"2\n")

    def test_names_of_owners_are_the_images(self, build: Build, tmp_path: Path) -> None:
        one = tree(tmp_path / "one", {"etc/passwd": "www-data:x:7:8::/:/x\n", "etc/group": "www-data:x:9:\n", "a": ""})
        script = "chown www-data:www-data a; echo 'late:x:10:11::/:/x' >> etc/passwd"
        out = build.run("root_tree", spec(one, extraCommands="chmod u+w etc/passwd", fakeRootCommands=script))
        assert (members(out)["a"].uid, members(out)["a"].gid) == (7, 9)

    def test_it_runs_after_the_other_script(self, build: Build) -> None:
        out = build.run("root_tree", spec(extraCommands="echo 1 > a", fakeRootCommands="cat a a > b"))
        assert content(out, "b") == b"1\n1\n"

    def test_what_it_prints_is_not_taken_for_the_listing(self, build: Build) -> None:
        out = build.run("root_tree", spec(fakeRootCommands="touch a; printf '81a4 0 0 0 0 ./fake\\0'"))
        assert list(members(out)) == ["a"]

    def test_names_may_hold_anything(self, build: Build) -> None:
        out = build.run("root_tree", spec(fakeRootCommands=r"touch -- $'a b\n%f\\0' é -n"))
        assert set(members(out)) == {"a b\n%f\\0", "é", "-n"}

    def test_devices_and_fifos_are_kept(self, build: Build) -> None:
        out = build.run("root_tree", spec(fakeRootCommands="mknod null c 1 3; mkfifo pipe"))
        null, pipe = members(out)["null"], members(out)["pipe"]
        assert null.ischr() and (null.devmajor, null.devminor) == (1, 3) and pipe.isfifo()

    def test_a_script_that_fails_is_named(self, build: Build) -> None:
        with pytest.raises(ProgramFailed, match="^the script `fakeRootCommands` failed with exit status 3: "):
            build.run("root_tree", spec(fakeRootCommands="exit 3"))
        assert not build.out.exists()


@pytest.mark.parametrize("chroot", [False, True])
def test_a_fakeroot_that_does_not_even_start_the_script(build: Build, tmp_path: Path, chroot: bool) -> None:
    replaced = tree(tmp_path / "bin", {name: f"#!{need('sh')}\nexit 1\n" for name in ("fakeroot", "unshare")})
    (replaced / "unshare").write_text(f'#!{need("sh")}\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    for program in replaced.iterdir():
        program.chmod(0o755)
    build.tools.insert(0, str(replaced))
    with pytest.raises(ProgramFailed, match="^fakeroot failed with exit status 1: its messages are above$"):
        build.run("root_tree", spec(fakeRootCommands="true", enableFakechroot=chroot))


class TestChroot:
    @pytest.fixture(autouse=True)
    def fakeroot(self) -> None:
        need("fakeroot")

    def test_a_machine_that_forbids_it_is_an_error_with_what_to_set(self, build: Build, tmp_path: Path) -> None:
        forbidding = tree(tmp_path / "bin", {"unshare": f"#!{need('sh')}\nexit 1\n"})
        (forbidding / "unshare").chmod(0o755)
        build.tools.insert(0, str(forbidding))
        with pytest.raises(InvalidInput, match=r"^this machine forbids user namespaces in \w+: allow them \(sysctl "):
            build.run("root_tree", spec(fakeRootCommands="true", enableFakechroot=True))
        assert not build.out.exists()
