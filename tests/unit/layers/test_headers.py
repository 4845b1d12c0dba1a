"""Headers are read back by Python's tarfile; the shortcut for store files gives what `header` gives."""

from __future__ import annotations

import io
import stat
import tarfile

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.headers import BLOCK, StoreHeaders, header
from nixdock_hook.trees.tree import Entry, Kind, Owner

FILE = Entry("file", 0o444)


def parse(data: bytes) -> tarfile.TarInfo:
    """The one member of a tar of this header, its content left out."""
    with tarfile.open(fileobj=io.BytesIO(data + bytes(2 * BLOCK)), encoding="utf-8") as archive:
        member = archive.next()
    assert member is not None
    return member


def name_of(length: int, slash: int) -> bytes:
    """A name of `length` bytes with one slash at index `slash`."""
    return b"d" * slash + b"/" + b"f" * (length - slash - 1)


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        (b"f" * 99, 1),
        (b"f" * 100, 1),
        (b"f" * 101, 3),
        (name_of(101, 50), 1),
        (name_of(155, 54), 1),
        (name_of(155, 53), 3),
        (name_of(256, 155), 1),
        (name_of(256, 156), 3),
        (name_of(257, 155), 3),
        (name_of(257, 156), 3),
        (b"d/" + b"f" * 501, 4),
        ("é".encode(), 3),
        (("é" * 60).encode(), 3),
        (("d" * 98 + "/é").encode(), 3),
    ],
)
def test_names(name: bytes, blocks: int) -> None:
    data = header(name, FILE, Owner(), 1)
    assert len(data) == blocks * BLOCK
    assert parse(data).name == name.decode()
    assert data[-BLOCK:].isascii()


@pytest.mark.parametrize("length", [1, 98, 99, 100, 101, 154, 155, 156, 254, 255, 256])
@pytest.mark.parametrize("slash", [40, 54, 98, 99, 100])
def test_directories(length: int, slash: int) -> None:
    name = name_of(length, slash) if length > slash + 1 else b"d" * length
    member = parse(header(name, Entry("directory", 0o755), Owner(), 1))
    assert (member.name, member.isdir()) == (name.decode(), True)


def test_the_slash_of_a_directory_counts() -> None:
    directory = Entry("directory", 0o755)
    assert header(b"d" * 99, directory, Owner(), 1)[:100] == b"d" * 99 + b"/"
    assert len(header(b"d" * 100, directory, Owner(), 1)) == 3 * BLOCK


def test_names_that_are_no_utf8_are_marked_as_bytes() -> None:
    data = header(b"f\xff", FILE, Owner(), 1)
    assert data.index(b"21 hdrcharset=BINARY\n") < data.index(b"path=f\xff\n")
    assert parse(data).name == "f\udcff"


def test_the_extended_header_has_a_fixed_name_and_no_clock() -> None:
    data = header("é".encode(), FILE, Owner(uid=7), 99)
    assert data[:15] == b"././@PaxHeader\0"
    assert (data[136:148], data[156:157]) == (b"00000000000\0", b"x")


@pytest.mark.parametrize("length", [*range(86, 96), *range(986, 996)])
def test_a_record_counts_its_own_length(length: int) -> None:
    assert parse(header(b"f" * length + "é".encode(), FILE, Owner(), 1)).name == "f" * length + "é"


@pytest.mark.parametrize("target", [b"t" * 100, b"t" * 101, b"../" * 300, "é".encode(), b"\xfe"])
def test_link_targets(target: bytes) -> None:
    member = parse(header(b"link", Entry("symlink", 0o777, target=target), Owner(), 1))
    assert (member.issym(), member.linkname) == (True, target.decode(errors="surrogateescape"))


@pytest.mark.parametrize("size", [0, 8**11 - 1, 8**11, 10**13])
def test_sizes(size: int) -> None:
    data = header(b"f", Entry("file", 0o444, size=size), Owner(), 1)
    assert parse(data).size == size
    assert (len(data) == BLOCK) == (size < 8**11)


@pytest.mark.parametrize(
    ("owner", "blocks"),
    [
        (Owner(2097151, 2097151, "u" * 31, "g" * 31), 1),
        (Owner(2097152, 0), 3),
        (Owner(0, 2097152), 3),
        (Owner(0, 0, "u" * 32, "root"), 3),
        (Owner(0, 0, "root", "é"), 3),
    ],
)
def test_owners(owner: Owner, blocks: int) -> None:
    data = header(b"f", FILE, owner, 1)
    member = parse(data)
    assert Owner(member.uid, member.gid, member.uname, member.gname) == owner
    assert len(data) == blocks * BLOCK


@pytest.mark.parametrize("mtime", [0, 1, 8**11 - 1, 8**11, -1])
def test_times(mtime: int) -> None:
    assert parse(header(b"f", FILE, Owner(), mtime)).mtime == mtime


def test_an_entry_keeps_its_own_owner_and_time() -> None:
    member = parse(header(b"f", Entry("file", 0o4755, owner=Owner(1, 2, "a", "b"), mtime=5), Owner(), 1))
    assert (member.uid, member.gid, member.uname, member.gname) == (1, 2, "a", "b")
    assert (member.mode, member.mtime) == (0o4755, 5)


@pytest.mark.parametrize(("kind", "type_"), [("char", tarfile.CHRTYPE), ("block", tarfile.BLKTYPE)])
def test_devices(kind: Kind, type_: bytes) -> None:
    member = parse(header(b"dev", Entry(kind, 0o600, device=(8, 17)), Owner(), 1))
    assert (member.type, member.devmajor, member.devminor) == (type_, 8, 17)


def test_a_fifo() -> None:
    assert parse(header(b"f", Entry("fifo", 0o600), Owner(), 1)).isfifo()


def test_extended_attributes_keep_their_bytes() -> None:
    value = b"\x01\0\0\x02\xff\n="
    data = header(b"f", Entry("file", 0o755, xattrs=(("security.capability", value),)), Owner(), 1)
    assert b" SCHILY.xattr.security.capability=" + value + b"\n" in data
    assert b"hdrcharset" not in data
    assert parse(data).name == "f"


def test_an_extended_attribute_that_no_record_can_hold() -> None:
    with pytest.raises(InvalidInput, match="'a=b' in /some/file"):
        header(b"some/file", Entry("file", 0o755, xattrs=(("a=b", b""),)), Owner(), 1)


@pytest.mark.parametrize("owner", [Owner(), Owner(1000, 100, "u" * 31, "users"), Owner(3_000_000, 1)])
@pytest.mark.parametrize("st_mode", [stat.S_IFREG | 0o444, stat.S_IFREG | 0o6755, stat.S_IFDIR | 0o555])
def test_the_shortcut_gives_the_same_bytes(owner: Owner, st_mode: int) -> None:
    headers = StoreHeaders(owner, 1)
    kind: Kind = "directory" if stat.S_ISDIR(st_mode) else "file"
    sizes = [0] if kind == "directory" else [0, 511, 8**11 - 1, 8**11]
    names = [b"f" * length for length in (1, 99, 100, 101)]
    names += [name_of(length, slash) for length in (101, 155, 156, 255, 256, 257) for slash in (53, 99, 100)]
    names += ["nix/store/é".encode(), b"\xff", name_of(200, 155), name_of(200, 156), b"~" * 77]
    for name in names:
        for size in sizes:
            expected = header(name, Entry(kind, stat.S_IMODE(st_mode), size=size), owner, 1)
            assert headers.header(name, st_mode, size) == expected
