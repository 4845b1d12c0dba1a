"""The step declared-tree: what users declare, over a base and trees."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images import declared
from nixdock_hook.images.recipe import write_layers
from nixdock_hook.store import place
from nixdock_hook.trees.capabilities import capability_value
from tests.support.images import layer
from tests.support.recipes import recipe, recipe_file, tar_layer, tree

from .conftest import Build

USER = {"uid": 0, "gid": 0, "uname": "root", "gname": "root"}
APP = {
    "name": "app",
    "uid": 1000,
    "gid": 1001,
    "home": "/home/app",
    "shell": "/sbin/nologin",
    "description": "",
    "groups": [],
}
ELF = b"\x7fELF program"


def run(
    build: Build,
    *trees: Path,
    base: Path | None = None,
    layers: Sequence[Path] = (),
    dirlinks: str = "expand",
    default_user: str = "",
    owner: Mapping[str, Any] = USER,
    perms: Sequence[Mapping[str, Any]] = (),
    **said: Any,
) -> Path:
    kinds = ("users", "groups", "directories", "files", "symlinks", "capabilities")
    return build.run(
        "declared_tree",
        {
            "declared": {kind: said.get(kind, []) for kind in kinds} | {"defaultUser": default_user},
            "trees": list(map(str, trees)),
            "perms": list(perms),
            "dirlinks": dirlinks,
            "owner": owner,
            "mtime": "1970-01-01T00:00:07Z",
            "base": None if base is None else str(base),
            "layers": list(map(str, layers)),
        },
    )


def item(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "argument": f'files."{path}"', **more}


def members(archive: Path) -> Mapping[str, tarfile.TarInfo]:
    with tarfile.open(archive, "r:") as tar:
        return {member.name: member for member in tar}


def content(archive: Path, name: str) -> bytes:
    with tarfile.open(archive, "r:") as tar:
        file = tar.extractfile(name)
        assert file is not None
        return file.read()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Like Debian: /bin is a symlink; /root is not for everybody; a user who is not root's group's."""
    tar = layer(
        {
            "./bin": "usr/bin",
            "./usr/": None,
            "./usr/bin/": None,
            "./usr/bin/ping": ELF,
            "./usr/bin/script": b"#!/bin/sh\n",
            "./etc/": None,
            "./etc/passwd": b"root:x:0:0::/root:/bin/sh\ndaemon:x:1:7::/:/bin/false\n",
            "./etc/group": b"root:x:0:\n",
            "./run/": None,
            "./var/": None,
            "./var/run": "../../../run",
            "./loop": "loop",
        },
        mode=0o750,
        uid=3,
    )
    return recipe_file(tmp_path / "base", recipe(tar_layer(tmp_path / "layer.tar", tar)))


def test_modes_owners_and_contents(build: Build, tmp_path: Path) -> None:
    source = tree(tmp_path / "source", {"program": "x"}) / "program"
    source.chmod(0o555)
    out = run(
        build,
        users=[APP],
        directories=[item("/tmp", mode="1777"), item("/var/lib/app", mode="0700", user="app")],
        files=[
            item("/etc/app.conf", text="a = 1\n", mode="0640", user="app", group=5),
            item("/bin/program", source=str(source)),
        ],
        symlinks=[item("/etc/link", target="/somewhere/else")],
    )
    found = members(out)
    assert (found["tmp"].mode, found["tmp"].uid) == (0o1777, 0)
    assert (found["var/lib/app"].mode, found["var/lib/app"].uid, found["var/lib/app"].gid) == (0o700, 1000, 1001)
    assert (found["var/lib"].mode, found["var/lib"].uid, found["var/lib"].uname) == (0o755, 0, "root")
    assert (found["etc/app.conf"].mode, found["etc/app.conf"].uid, found["etc/app.conf"].gid) == (0o640, 1000, 5)
    assert content(out, "etc/app.conf") == b"a = 1\n"
    assert (found["bin/program"].mode, content(out, "bin/program")) == (0o755, b"x")
    assert found["etc/link"].linkname == "/somewhere/else"
    assert b"app:x:1000:1001:" in content(out, "etc/passwd")
    assert content(out, "etc/nsswitch.conf") == b"hosts: files dns\n"
    assert found["etc/shadow"].mode == 0o640
    assert {member.mtime for member in found.values()} == {7}


@pytest.mark.parametrize(
    ("named", "owner"),
    [
        ({}, (10, 20)),
        ({"user": 5}, (5, 20)),
        ({"group": 6}, (10, 6)),
        ({"group": "app"}, (10, 1001)),
        ({"user": "app"}, (1000, 1001)),
        ({"user": "app", "group": 0}, (1000, 0)),
        ({"user": 0, "group": 0}, (0, 0)),
    ],
)
def test_what_is_not_named_of_an_owner_is_the_images(
    build: Build, named: dict[str, Any], owner: tuple[int, int]
) -> None:
    image = {"uid": 10, "gid": 20, "uname": "u", "gname": "g"}
    found = members(run(build, users=[APP], owner=image, directories=[item("/x", mode="0755", **named)]))["x"]
    assert (found.uid, found.gid) == owner


def test_a_base_keeps_its_directories_and_its_symlinks(build: Build, base: Path) -> None:
    out = run(build, base=base, files=[item("/bin/x", text="x")], directories=[item("/var/run/app", mode="0755")])
    found = members(out)
    assert found.keys() == {"usr", "usr/bin", "usr/bin/x", "run", "run/app"}
    assert (found["usr/bin"].mode, found["usr/bin"].uid) == (0o750, 3)


@pytest.mark.parametrize(
    ("path", "is_home", "place", "mode", "uid"),
    [
        ("/bin", True, "usr/bin", 0o750, 3),
        ("/bin", False, "usr/bin", 0o700, 1000),
        ("/home/app", True, "home/app", 0o700, 1000),
        ("/opt", True, "opt", 0o700, 1000),
    ],
)
def test_a_home_that_a_base_has_stays_as_it_is(
    build: Build, base: Path, tmp_path: Path, path: str, is_home: bool, place: str, mode: int, uid: int
) -> None:
    home = item(path, mode="0700", user="app", isHome=is_home)
    package = tree(tmp_path / "package", {"opt/x": ""})
    found = members(run(build, package, base=base, users=[APP], directories=[home]))[place]
    assert (found.mode, found.uid) == (mode, uid)


def test_the_accounts_of_a_base_are_continued_as_they_are(build: Build, base: Path) -> None:
    out = run(build, base=base, users=[APP], directories=[item("/srv", mode="0755", user="daemon")])
    found = members(out)
    assert content(out, "etc/passwd").startswith(b"root:x:0:0::/root:/bin/sh\ndaemon:x:1:7::/:/bin/false\napp:")
    assert (found["etc/passwd"].mode, found["etc/passwd"].uid) == (0o750, 3)
    assert (found["srv"].uid, found["srv"].gid) == (1, 7)
    assert "root" not in found


def test_the_accounts_of_a_tree_are_continued(build: Build, tmp_path: Path) -> None:
    passwd = tree(tmp_path / "tree", {"etc/passwd": "root:x:0:0::/:/bin/sh\nx:x:9:9::/:/x\n", "etc/group": "x:x:9:\n"})
    out = run(build, passwd, users=[APP])
    assert content(out, "etc/passwd").startswith(b"root:x:0:0::/:/bin/sh\nx:x:9:9::/:/x\napp:")


def test_accounts_and_programs_of_shared_layers_count(build: Build, base: Path, tmp_path: Path) -> None:
    """They are over the base: its accounts are not those of the image any more."""
    files: dict[str, bytes | str | None] = {
        "etc/": None,
        "etc/passwd": b"root:x:0:0::/:/bin/sh\nshared:x:5:6::/:/x\n",
        "usr/bin/tool": ELF,
    }
    shared = tmp_path / "shared"
    shared.mkdir()
    write_layers([tar_layer(tmp_path / "shared.tar", layer(files))], str(shared / "layers.json"))
    out = run(
        build,
        base=base,
        layers=[shared],
        users=[APP],
        directories=[item("/srv", mode="0755", user="shared")],
        capabilities=[item("/bin/tool", capability="cap_net_raw+ep")],
        default_user="shared",
    )
    assert content(out, "etc/passwd").startswith(b"root:x:0:0::/:/bin/sh\nshared:x:5:6::/:/x\napp:")
    assert (members(out)["srv"].uid, members(out)["srv"].gid) == (5, 6)
    assert members(out)["usr/bin/tool"].pax_headers


def test_accounts_of_declared_files_count(build: Build, base: Path) -> None:
    passwd = item("/etc/passwd", text="mine:x:7:8::/:/x\n")
    out = run(build, base=base, files=[passwd, item("/x", text="", user="mine")], default_user="mine")
    assert (members(out)["x"].uid, members(out)["x"].gid) == (7, 8)


def test_accounts_that_a_declared_file_replaces_do_not(build: Build, base: Path) -> None:
    passwd = item("/etc/passwd", text="mine:x:7:8::/:/x\n")
    with pytest.raises(InvalidInput, match="there is no user daemon in defaultUser"):
        run(build, base=base, files=[passwd], default_user="daemon")


@pytest.mark.parametrize("user", ["daemon", "daemon:root", "1:root", "daemon:7"])
def test_the_default_user_of_a_base(build: Build, base: Path, user: str) -> None:
    assert members(run(build, base=base, default_user=user)) == {}


@pytest.mark.parametrize("path", ["/bin/ping", "/usr/bin/ping"])
def test_a_program_of_the_base_gets_capabilities(build: Build, base: Path, path: str) -> None:
    out = run(build, base=base, capabilities=[item(path, capability="cap_net_raw+ep")])
    ping = members(out)["usr/bin/ping"]
    value = capability_value("cap_net_raw+ep", "").decode("utf-8", "surrogateescape")
    assert ping.pax_headers == {"SCHILY.xattr.security.capability": value}
    assert content(out, "usr/bin/ping") == ELF
    assert (ping.mode, ping.uid) == (0o750, 3)


def test_perms_of_trees_stay_those_of_what_is_taken_from_them(build: Build, tmp_path: Path) -> None:
    package = tree(tmp_path / "package", {"bin/ping": "ELF", "etc/passwd": "root:x:0:0::/:/bin/sh\n"})
    (package / "bin/ping").chmod(0o555)
    perms = [
        {"path": str(package), "regex": "/bin$", "mode": "0711", "uid": 7},
        {"path": str(package), "regex": "ping|passwd", "mode": "0750", "uid": 5},
    ]
    files, capabilities = [item("/bin/x", text="")], [item("/bin/ping", capability="cap_net_raw+ep")]
    found = members(run(build, package, perms=perms, users=[APP], files=files, capabilities=capabilities))
    assert {name: (found[name].mode, found[name].uid) for name in ("bin", "bin/ping", "bin/x", "etc/passwd")} == {
        "bin": (0o711, 7),
        "bin/ping": (0o750, 5),
        "bin/x": (0o644, 0),
        "etc/passwd": (0o750, 5),
    }


def test_a_program_of_a_tree_that_is_linked_to_becomes_a_file(build: Build, tmp_path: Path) -> None:
    package = tree(tmp_path / "package", {"bin/ping": "ELF"})
    (package / "bin/ping").chmod(0o555)
    joined = tmp_path / "joined"
    joined.mkdir()
    (joined / "bin").symlink_to(package / "bin")
    out = run(build, joined, dirlinks="link", capabilities=[item("/bin/ping", capability="cap_net_raw+ep")])
    found = members(out)
    assert (found["bin/ping"].type, found["bin/ping"].mode) == (tarfile.REGTYPE, 0o555)
    assert found["bin"].type == tarfile.DIRTYPE


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (
            {"files": [item("/usr/bin/ping/x", text="")]},
            "/usr/bin/ping, which /usr/bin/ping/x is in, is a file in files",
        ),
        ({"files": [item("/etc", text="")]}, '/etc is a directory already in files."/etc": declare it'),
        ({"directories": [item("/etc/passwd", mode="0755")]}, "/etc/passwd, which /etc/passwd is in, is a file"),
        ({"files": [item("/loop/x", text="")]}, "the symlinks of /loop lead in a circle"),
        ({"files": [item("/x", text="", user="who")]}, 'there is no user who in files."/x": declare it in users'),
        ({"files": [item("/x", text="", group="who")]}, 'there is no group who in files."/x": declare it in groups'),
        ({"files": [item("/x", source="/", zone="Mars/X")]}, 'there is no time zone Mars/X in files."/x": write it as'),
        ({"files": [item("/x", source=__file__, zone="a.tab")]}, "there is no time zone a.tab in"),
        ({"default_user": "who"}, "there is no user who in defaultUser: declare it in users"),
        ({"default_user": "daemon:who"}, "there is no group who in defaultUser: declare it in groups"),
        ({"capabilities": [item("/bin/nope", capability="cap_net_raw+ep")]}, "/bin/nope is missing in"),
        ({"capabilities": [item("/bin", capability="cap_net_raw+ep")]}, "/bin is no program in"),
        ({"capabilities": [item("/bin/script", capability="cap_net_raw+ep")]}, "/bin/script is a script in"),
        ({"capabilities": [item("/bin/ping", capability="cap_x+ep")]}, "there is no capability 'cap_x' in"),
        ({"users": [{**APP, "uid": 1}]}, "uid 1 for app, where /etc/passwd has daemon with uid 1 in users.app and"),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_argument(
    build: Build, base: Path, said: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        run(build, base=base, **said)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("files", '/package is a directory in files."/x": put a directory into copyToRoot'),
        ("none", '/package/none is no file in files."/x": correct its path'),
        ("users", "/package is a directory in users.app.shell: name a program in it"),
    ],
)
def test_a_package_where_a_file_of_it_is_wanted(build: Build, tmp_path: Path, said: str, says: str) -> None:
    package = tree(tmp_path / "package", {"bin/sh": ""})
    files = {"files": [item("/x", source=str(package))], "none": [item("/x", source=f"{package}/none")]}
    users = [{**APP, "shell": str(package)}] if said == "users" else []
    with pytest.raises(InvalidInput, match=says):
        run(build, files=files.get(said, []), users=users)


@pytest.mark.parametrize("zone", ["", "UTC"])
@pytest.mark.parametrize("way", ["link", "up/../../../../../../../../../../usr/share/zoneinfo/UTC"])
def test_a_source_never_leads_out_of_the_store(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, zone: str
) -> None:
    """What lies there is another's on each machine, and what the sandbox has of it is another's again."""
    package, outside = tmp_path / "package", tmp_path / "outside"
    tree(package, {"up/x": ""})
    outside.write_bytes(b"TZif")
    (package / "link").symlink_to(outside)
    monkeypatch.setattr(place, "ROOTS", (str(package),))
    says = "there is no time zone UTC in" if zone else ' leads out of the store in files."/x": give the file itself'
    with pytest.raises(InvalidInput, match=says):
        run(build, files=[item("/x", source=f"{package}/{way}", zone=zone)])


def test_a_shell_of_the_image_may_be_a_directory_of_this_machine(build: Build) -> None:
    assert b":/usr\n" in content(run(build, users=[{**APP, "shell": "/usr"}]), "etc/passwd")


@pytest.mark.parametrize("more", [0, 1])
def test_account_files_are_read_up_to_a_bound(
    build: Build, base: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    size = len(b"root:x:0:0::/root:/bin/sh\ndaemon:x:1:7::/:/bin/false\n")
    monkeypatch.setattr(declared, "MOST_ACCOUNTS", size - more)
    if more:
        with pytest.raises(InvalidInput, match=f"/etc/passwd has {size} bytes, of {size - 1} that are read"):
            run(build, base=base, users=[APP])
    else:
        run(build, base=base, users=[APP])
