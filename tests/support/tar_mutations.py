"""Tars that are wrong in one or a few places: seeded mutations of right ones, of every format that GNU tar writes."""

from __future__ import annotations

import os
import random
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from .tar_blocks import BLOCK, extended, header, padded, record, summed
from .tools import need

_FORMATS = ("v7", "ustar", "gnu", "oldgnu", "posix")
# Where a header has its fields: name, mode, uid, gid, size, mtime, checksum, type, link, magic and version, uname,
# gname, major, minor, prefix. More than once what readers take differently.
_FIELDS = [
    *((0, 100), (100, 108), (108, 116), (116, 124), (124, 136), (136, 148), (148, 156), (156, 157), (157, 257)),
    *((257, 265), (265, 297), (297, 329), (329, 337), (337, 345), (345, 500), (124, 136), (156, 157), (257, 265)),
]
_DIGITS = (
    *(
        b"0",
        b"1",
        b"777",
        b"1000",
        b"0o1000",
        b"1_000",
        b"0x10",
        b"08",
        b"-1",
        b"+1",
        b"+AAAAAB",
        b"1 1",
        b" 1",
        b"\t1",
    ),
    *(b"\x00 1", b"\x00\x001", b"1\x009", b"1 \x00", b"1  9", b"", b" ", b"       ", b"\x80", b"\x80\x00\x00\x00\x01"),
    *(b"\x81\x00\x00\x01", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\xff\xfe", b"777777777777", b"200000000000", b"1x"),
)
_MAGICS = (
    b"ustar\x0000",
    b"ustar  \0",
    b"ustar\0\0\0",
    b"ustar\x0001",
    b"ustar 00",
    b"USTAR\x0000",
    bytes(8),
    b"ustar\0",
)
_TYPES = b"\x000123456789xgLKSDVMNAXZ"
_KEYS = (
    *(b"path", b"linkpath", b"size", b"uid", b"gid", b"uname", b"mtime", b"comment", b" path", b"pa\0th", b"Path"),
    *(b"SCHILY.xattr.user.a", b"SCHILY.realsize", b"GNU.sparse.map", b"GNU.sparse.realsize", b"hdrcharset", b"atime"),
)
_VALUES = (
    *(
        b"",
        b"0",
        b"1",
        b"512",
        b"00512",
        b"0o1000",
        b"1_000",
        b"-1",
        b"+1",
        b"1.5",
        b"-0.5",
        b"nan",
        b" 1",
        b"1 ",
        b"x",
    ),
    *(b"a/b/", b"a//b", b"\xff", b"a\0b", b"a=b", b"a\nb", b"n" * 300, b"n/" * 2050, b"99999999999999999999999"),
)


def right_tars(directory: Path) -> list[bytes]:
    """What mutations begin with: a tree as GNU tar packs it in each of its formats, and tars made by hand."""
    tree = directory / "tree"
    deep = tree / ("long-directory-name/" * 6)
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"deep")
    (tree / "a").write_bytes(b"content of a")
    (tree / "b").write_bytes(os.urandom(0) + bytes(range(256)) * 5)
    (tree / "empty").write_bytes(b"")
    (tree / "link").symlink_to("a")
    (tree / "c").hardlink_to(tree / "a")
    os.mkfifo(tree / "fifo")
    found = []
    for form in _FORMATS:
        command = [
            need("tar"),
            "-c",
            f"--format={form}",
            "--sort=name",
            "--mtime=@1",
            "-b1",
            "-C",
            str(directory),
            "tree",
        ]
        found.append(subprocess.run(command, capture_output=True, check=False).stdout)
    file = header("f", 600) + padded(b"f" * 600)
    link = header("s", 0, tarfile.SYMTYPE, "target")
    end = bytes(2 * BLOCK)
    found += [
        extended(b"x", record(b"path", b"named/by/record") + record(b"size", b"600")) + file + link + end,
        extended(b"g", record(b"comment", b"of git"))
        + file
        + extended(b"x", record(b"linkpath", b"l" * 120))
        + link
        + end,
        extended(b"L", b"n" * 150 + b"\0") + file + extended(b"K", b"t" * 150 + b"\0") + link + file + end,
        header("d/", 0, tarfile.DIRTYPE)
        + header("null", 0, tarfile.CHRTYPE)
        + header("h", 9, tarfile.LNKTYPE, "f")
        + file
        + end,
    ]
    return found


def mutated(tars: Sequence[bytes], seed: int) -> bytes:
    """One of the tars with one to three mutations, the same for one seed."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(tars))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_MUTATIONS)(data, chance)
    return bytes(data)


def _field(data: bytearray, chance: random.Random) -> None:
    """Another value in a field of a header, with a right checksum most of the time."""
    at = _header(data, chance)
    start, end = chance.choice(_FIELDS)
    match start:
        case 156:
            value = bytes([chance.choice(_TYPES)])
        case 257:
            value = chance.choice(_MAGICS)
        case 0 | 157 | 265 | 297 | 345:
            value = chance.choice((b"", b"x", b"a/b/", b"../x", b"\xff\0x", b"n" * (end - start), b"00000000001\0"))
        case _:
            value = chance.choice(_DIGITS)
            if chance.random() < 0.5:
                value = value.rjust(end - start - 1, chance.choice((b"0", b" ")))
    data[at + start : at + end] = value[: end - start].ljust(end - start, chance.choice((b"\0", b"\0", b" ")))
    if start != 148 and chance.random() < 0.9:
        data[at : at + BLOCK] = summed(data[at : at + BLOCK])


def _byte(data: bytearray, chance: random.Random) -> None:
    """Another byte anywhere, in a header with a right checksum half of the time."""
    position = chance.randrange(len(data))
    data[position] = chance.randrange(256)
    at = position - position % BLOCK
    if at in _headers(data) and chance.random() < 0.5:
        data[at : at + BLOCK] = summed(data[at : at + BLOCK])


def _blocks(data: bytearray, chance: random.Random) -> None:
    """Blocks that are cut out, doubled, zeroed or moved."""
    count = len(data) // BLOCK
    at = chance.randrange(count) * BLOCK
    match chance.randrange(4):
        case 0 if count > 2:
            del data[at : at + BLOCK]
        case 1:
            data[at:at] = data[at : at + BLOCK]
        case 2:
            data[at : at + BLOCK] = bytes(BLOCK)
        case _:
            other = chance.randrange(count) * BLOCK
            data[at:at] = data[other : other + BLOCK]


def _cut(data: bytearray, chance: random.Random) -> None:
    if len(data) > 2 * BLOCK:  # There is always something left to change.
        del data[chance.randrange(2 * BLOCK, len(data)) :]


def _extended(data: bytearray, chance: random.Random) -> None:
    """One more extended header in front of a member, right or wrong."""
    at = _header(data, chance)
    kind = chance.choice((b"x", b"x", b"x", b"g", b"L", b"K"))
    if kind in b"LK":
        content = chance.choice((b"long\0", b"long", b"", b"\0", b"a\0b\0", b"l" * 4097, b"d/\0"))
    else:
        content = b"".join(
            record(chance.choice(_KEYS), chance.choice(_VALUES)) for _ in range(chance.choice((1, 1, 2)))
        )
        if chance.random() < 0.2:
            place = chance.randrange(len(content))
            content = content[:place] + bytes([chance.choice(b"0 9=\n\0")]) + content[place + 1 :]
    data[at:at] = extended(kind, content) * chance.choice((1, 1, 1, 2, 17))


def _headers(data: bytearray) -> list[int]:
    return [at for at in range(0, len(data) - BLOCK + 1, BLOCK) if data[at + 257 : at + 262] == b"ustar"] or [0]


def _header(data: bytearray, chance: random.Random) -> int:
    return chance.choice(_headers(data))


_MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_field, _field, _field, _extended, _extended),
    *(_byte, _blocks, _cut),
)
