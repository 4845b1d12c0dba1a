"""Members of layers: archives and tars written by tarfile, store paths in a temporary directory."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage, StoreChanged
from nixdock_hook.layers.members import HardLink, Member, layer_members
from nixdock_hook.layers.source import ArchiveSource, Source, StoreSource, TarSource
from nixdock_hook.trees.tree import Entry, Owner
from tests.support.images import docker_archive, layer, sha256
from tests.support.recipes import tree

EXPECTED = ("sha256:", 0)
USER = Owner(7, 8, "user", "users")


def tar_of(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return buffer.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.uid, member.gid, member.uname, member.gname = kind, 7, 8, "user", "users"
    member.mode, member.mtime = 0o640, 12
    for field, value in fields.items():
        setattr(member, field, value)
    return member


def listed(source: Source, expected: tuple[str, int] = EXPECTED) -> list[Member]:
    with layer_members() as members:
        return list(members.of(source, expected))


def of_tar(tmp_path: Path, *members: tarfile.TarInfo) -> list[Member]:
    (tmp_path / "layer.tar").write_bytes(tar_of(*members))
    return listed(TarSource(str(tmp_path / "layer.tar")))


def test_every_kind_of_member(tmp_path: Path) -> None:
    place = bytes(tmp_path / "layer.tar")
    found = of_tar(
        tmp_path,
        info("./", tarfile.DIRTYPE, mode=0o755),
        info("/bin/su", mode=0o4755, size=3),
        info("./x//y/", tarfile.SYMTYPE, linkname="../z", mode=0o777),
        info("again", tarfile.LNKTYPE, linkname="./bin/su"),
        info("fifo", tarfile.FIFOTYPE),
        info("null", tarfile.CHRTYPE, devmajor=1, devminor=3),
        info("disk", tarfile.BLKTYPE, devmajor=8, devminor=1),
    )
    without_place = [(name, getattr(entry, "kind", "link"), getattr(entry, "mode", 0)) for name, entry in found]
    assert without_place == [
        (b"", "directory", 0o755),
        (b"bin/su", "file", 0o4755),
        (b"x/y", "symlink", 0o777),
        (b"again", "link", 0),
        (b"fifo", "fifo", 0o640),
        (b"null", "char", 0o640),
        (b"disk", "block", 0o640),
    ]
    entries = dict(found)
    assert entries[b"bin/su"] == Entry("file", 0o4755, 3, origin=(place, 1024), owner=USER, mtime=12)
    assert entries[b"again"] == HardLink(b"bin/su")
    assert isinstance(entries[b"x/y"], Entry)
    assert entries[b"x/y"].target == b"../z"
    assert [entries[name].device for name in (b"null", b"disk")] == [(1, 3), (8, 1)]  # type: ignore[union-attr]


def test_extended_attributes_and_fractions_of_seconds(tmp_path: Path) -> None:
    records = {"SCHILY.xattr.user.b": "2", "SCHILY.xattr.user.a": "\udcff", "comment": "no attribute"}
    [(_, entry)] = of_tar(tmp_path, info("file", pax_headers=records, mtime=-0.5))
    assert isinstance(entry, Entry)
    assert entry.xattrs == (("user.a", b"\xff"), ("user.b", b"2"))
    assert entry.mtime == -1


def test_names_that_are_no_text(tmp_path: Path) -> None:
    [(name, entry)] = of_tar(tmp_path, info("\udcff", tarfile.SYMTYPE, linkname="\udcfe"))
    assert (name, isinstance(entry, Entry) and entry.target) == (b"\xff", b"\xfe")


@pytest.mark.parametrize("member", [info("a/../../b"), info("b", tarfile.LNKTYPE, linkname="../a")])
def test_names_that_climb_out(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(InvalidImage, match="climbs out of the root in .*/layer.tar: do not use this image"):
        of_tar(tmp_path, member)


def test_a_sparse_file(tmp_path: Path) -> None:
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9", "GNU.sparse.name": "holes"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info("GNUSparseFile.0/holes", pax_headers=sparse, size=512), io.BytesIO(b"1\n0\n9\n".ljust(512)))
    (tmp_path / "layer.tar").write_bytes(buffer.getvalue())
    with pytest.raises(InvalidImage, match="^a tar with a sparse file in .*: make it without tar's --sparse"):
        listed(TarSource(str(tmp_path / "layer.tar")))


@pytest.mark.parametrize("kind", [b"V", b"M", b"Z"])
def test_a_kind_of_member_that_no_runtime_can_unpack(tmp_path: Path, kind: bytes) -> None:
    error = f"^a tar with 'label', a member of type {kind!r} in .*/layer.tar: get it from another source: no runtime"
    with pytest.raises(InvalidImage, match=error):
        of_tar(tmp_path, info("a"), info("label", kind))


@pytest.mark.parametrize("time", ["nan", "inf"])
def test_a_time_that_is_none(tmp_path: Path, time: str) -> None:
    with pytest.raises(InvalidImage, match=f"^damaged or truncated tar .b'{time}' where a time has to be. in "):
        of_tar(tmp_path, info("a", pax_headers={"mtime": time}))


def test_a_layer_that_is_no_tar(tmp_path: Path) -> None:
    (tmp_path / "layer.tar").write_bytes(b"no tar" * 1000)
    with pytest.raises(InvalidImage, match="^damaged or truncated tar "):
        listed(TarSource(str(tmp_path / "layer.tar")))


def test_store_paths_have_the_layers_owner_and_time(tmp_path: Path) -> None:
    path = tree(tmp_path / "abc-name", {"bin/x": "content"})
    found = dict(listed(StoreSource((str(path),), owner=USER, mtime=9)))
    assert list(found) == [b"nix", b"nix/store", *(b"nix/store/abc-name" + end for end in (b"", b"/bin", b"/bin/x"))]
    assert found[b"nix/store/abc-name/bin/x"] == Entry(
        "file", 0o644, 7, origin=(bytes(path / "bin/x"), 0), owner=USER, mtime=9
    )


def test_a_store_path_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged, match="gone"):
        listed(StoreSource((str(tmp_path / "gone"),)))


def test_a_base_images_layer_is_unpacked_while_it_is_read(tmp_path: Path) -> None:
    data = layer({"etc/name": b"content"})
    source = ArchiveSource(str(docker_archive(tmp_path / "base.tar", [data])), "0/layer.tar")
    with layer_members() as members:
        for _ in range(2):
            [(name, entry)] = members.of(source, (sha256(data), len(data)))
            assert isinstance(entry, Entry)
            place, offset = entry.origin
            assert (name, Path(place.decode()).read_bytes()[offset : offset + entry.size]) == (b"etc/name", b"content")
    assert not Path(place.decode()).exists()


def test_a_base_images_layer_that_changed(tmp_path: Path) -> None:
    source = ArchiveSource(str(docker_archive(tmp_path / "base.tar", [layer({})])), "0/layer.tar")
    with pytest.raises(StoreChanged, match="^the layer is now sha256:"):
        listed(source, (sha256(b"another"), 1 << 20))
