"""exportImage: what a container of the image sees, by the judgement of docker itself."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.images import docker_archive
from tests.support.nix import Nix

from .loader import Loader

EXPORTED = "nixdock.examples.exported"


def info(
    name: str, kind: bytes = tarfile.REGTYPE, *, mode: int = 0o755, link: str = "", ids: int = 0
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname, member.uid, member.gid, member.mtime = (
        kind,
        mode,
        link,
        ids,
        ids,
        1234567,
    )
    return member


def with_capability(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """cap_net_bind_service, permitted and effective (capabilities(7), vfs_cap_data revision 2)."""
    value = b"\1\0\0\2" + b"\0\4\0\0" + bytes(12)
    member.pax_headers = {"SCHILY.xattr.security.capability": value.decode()}
    return member


def layer(*members: tarfile.TarInfo) -> bytes:
    """A layer whose files hold their own names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            content = member.name.encode() if member.isreg() else b""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


DIRECTORY, SYMLINK, LINK, FIFO = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE

LAYERS = [
    layer(
        info("bin/", DIRECTORY),
        info("bin/su", mode=0o4755),
        info("bin/sh", LINK, link="bin/su", mode=0o4755),
        with_capability(info("bin/server")),
        info("home/", DIRECTORY),
        info("home/user/", DIRECTORY, mode=0o2700, ids=1000),
        info("home/user/file", mode=0o600, ids=1000),
        info("tmp/", DIRECTORY, mode=0o1777),
        info("opaque/", DIRECTORY),
        info("opaque/hidden"),
        info("opaque/hidden-directory/", DIRECTORY),
        info("opaque/hidden-directory/file"),
        info("was-directory/", DIRECTORY),
        info("was-directory/file"),
        info("was-file"),
        info("was-symlink", SYMLINK, link="bin", mode=0o777),
        info("removed/", DIRECTORY),
        info("removed/file"),
        info("pipe", FIFO, mode=0o640),
        info("sönder", mode=0o444),
        info("long/", DIRECTORY),
        info(f"long/{'n' * 200}", SYMLINK, link="t" * 200, mode=0o777),
    ),
    layer(
        info("./bin/", DIRECTORY, mode=0o711),
        info("./opaque/", DIRECTORY, mode=0o750),
        info("./opaque/.wh..wh..opq"),
        info("./opaque/shown"),
        info("./.wh.removed"),
        info("./was-directory", mode=0o644),
        info("./was-file/", DIRECTORY),
        info("./was-file/file"),
        info("./was-symlink/", DIRECTORY),
        info("./was-symlink/file"),
        info("./.wh..wh.plnk"),
    ),
    layer(
        info("bin/", DIRECTORY, mode=0o711),
        info("bin/.wh.su"),
        info("home/", DIRECTORY),
        info("home/user/", DIRECTORY, mode=0o2700, ids=1000),
        info("home/user/.wh.file"),
        info("home/user/again", mode=0o600, ids=1001),
        info("lib64", SYMLINK, link="usr/lib", mode=0o777),
        info("usr/", DIRECTORY),
        info("usr/lib/", DIRECTORY),
        info("lib64/libc"),
        info("removed/", DIRECTORY),
    ),
]


def xattrs(member: tarfile.TarInfo) -> dict[str, str]:
    return {name: value for name, value in member.pax_headers.items() if name.startswith("SCHILY.xattr.")}


def described(members: dict[str, tarfile.TarInfo]) -> dict[str, tuple[object, ...]]:
    """All that a container can tell of each member.

    Hard links are files, of the size that their target has. docker writes the kind into the mode, too.
    """
    described: dict[str, tuple[object, ...]] = {}
    for name, member in members.items():
        real = members[member.linkname.removeprefix("./")] if member.islnk() else member
        described[name] = (
            real.type,
            real.mode & 0o7777,
            real.uid,
            real.gid,
            real.mtime,
            real.size,
            real.linkname,
            xattrs(real),
        )
    return described


def test_the_same_as_docker_export(nix: Nix, docker: Docker, tmp_path: Path) -> None:
    archive = docker_archive(tmp_path / "image.tar", LAYERS, tags=["flat:1"])
    exported = nix.build_expression(f"dockerTools.exportImage {{ fromImage = {archive}; }}")
    with tarfile.open(exported, "r:") as tar:
        ours = {member.name.removeprefix("./"): member for member in tar}
        assert tar.extractfile(ours["bin/sh"]).read() == b"bin/su"  # type: ignore[union-attr]
    del ours["."]
    assert described(ours) == described(docker.tree(docker.load(archive)))
    assert exported.name.endswith("-image.tar")


def test_what_is_exported_runs_again(nix: Nix, docker: Docker) -> None:
    docker("import", nix.build_expression(EXPORTED), "imported:1")
    assert docker.layers("imported:1") != []
    said = docker.run("imported:1", "/bin/bash", "-c", "PATH=/bin; stat -c '%a %n' /tmp /etc/added.conf; hello")
    assert said == "1777 /tmp\n600 /etc/added.conf\nHello, world!\n"


def test_an_export_is_what_a_container_of_the_image_sees(nix: Nix, docker: Docker, load: Loader) -> None:
    _, reference = load("nixdock.examples.scripted")
    with tarfile.open(nix.build_expression(EXPORTED), "r:") as tar:
        ours = {member.name.removeprefix("./"): member for member in tar}
    assert (ours.pop(".").mode, ours["nix"].mode) == (0o755, 0o755)
    theirs = docker.tree(reference)
    assert {name: what for name, what in described(ours).items() if name != "etc"} == {
        # docker itself writes into /etc, and so changes its time.
        name: what
        for name, what in described(theirs).items()
        if name != "etc"
    }


def test_recipe_and_archive_of_an_image_give_the_same_bytes(nix: Nix) -> None:
    image = "nixdock.examples.onRecipe"
    by_recipe = nix.build_expression(f"dockerTools.exportImage {{ fromImage = {image}; }}")
    by_archive = nix.build_expression(f'dockerTools.exportImage {{ name = "x"; fromImage = "${{{image}}}"; }}')
    assert by_recipe.read_bytes() == by_archive.read_bytes()


def test_an_image_of_several_is_picked_by_name_and_tag(nix: Nix) -> None:
    picked = nix.build_expression(
        'dockerTools.exportImage { name = "picked"; fromImage = nixdock.examples.merged;'
        ' fromImageName = "shell"; fromImageTag = "latest"; diskSize = 4096; }'
    )
    with tarfile.open(picked, "r:") as tar:
        assert "./etc/example.conf" in tar.getnames()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([info("../out")], "climbs out of the root"),
        ([info("a"), info("a/b")], "/a is no directory, but has members"),
        ([info("a", LINK, link="none")], "/a is a hard link to /none, which is no file"),
    ],
)
def test_layers_that_no_runtime_unpacks(nix: Nix, tmp_path: Path, members: list[tarfile.TarInfo], message: str) -> None:
    archive = docker_archive(tmp_path / "image.tar", [layer(*members)])
    assert message in nix.fails(f"dockerTools.exportImage {{ fromImage = {archive}; }}")
