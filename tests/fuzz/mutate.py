"""Ways to make right input wrong: bytes, texts, JSON, and the headers of tars."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

BLOCK = 512
_NUMBERS = [
    0,
    1,
    -1,
    2,
    7,
    255,
    256,
    511,
    512,
    4095,
    1 << 16,
    1 << 31,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
    -(1 << 63),
    10**30,
]
_TEXTS = [
    *(
        "",
        ".",
        "..",
        "/",
        "//",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../b",
        "./a",
        "a/",
        "-x",
        "--root=x",
        "a b",
        "a\nb",
    ),
    *("\0", "a\0b", "\ud800", "é", "\u202e", "\x1b[31m", "%s%n", "sha256:", "sha256:" + "0" * 64, "latest", "null"),
    *("A" * 5000, "a/" * 3000, "0" * 5000, "\\", '"', "$(x)", "nix/store/" + "a" * 32 + "-x", "/nix/store/../x"),
    *("1970-01-01T00:00:01Z", "9999-99-99", "now", "@1", "1e999", "NaN", "0x10", "1_000", "１"),
]
_RAW_JSON = [
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b'"\\ud800"',
    b"\xff",
    b"\xef\xbb\xbf",
    b"[" * 2000,
    b"1" * 5000,
]

FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "type": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "uname": (265, 32),
    "gname": (297, 32),
    "major": (329, 8),
    "minor": (337, 8),
    "prefix": (345, 155),
}
"""Of a tar header: offset and length (POSIX.1-2017, pax, "ustar Interchange Format")."""
_FIELD_TEXTS = [
    *(b"", b"..", b"../x", b"/x", b"a/../b", b"nix/store/" + b"a" * 32 + b"-x", b"nix/store/" + b"a" * 32 + b"-x/y"),
    *(b".wh.x", b".wh..wh..opq", b".wh.", b"\xff\xfe", b"a" * 200, b"a/" * 90, b"x\0y", b"nix", b"nix/store", b"."),
]
_FIELD_NUMBERS = [
    *(
        b"0",
        b"0o1000",
        b"1_000",
        b"-1",
        b"+5",
        b" 7",
        b"7 ",
        b"8",
        b"9" * 12,
        b"7" * 12,
        b"\x80" + b"\x7f" * 11,
        b"\xff" * 12,
    ),
    *(
        b"\x80" + bytes(10) + b"\5",
        b"\xff" * 11 + b"\xfe",
        b"0x10",
        b"1.5",
        b"",
        b"\0" * 12,
        b"0000000001000",
        b"40000000000",
    ),
]
_TYPES = b"\x000123456789DKLMNSVXgxA\xff"
_RECORDS: list[tuple[bytes, list[bytes]]] = [
    (b"path", _FIELD_TEXTS),
    (b"linkpath", _FIELD_TEXTS),
    (b"size", [*_FIELD_NUMBERS, b"0", b"99999999999999999999"]),
    (b"uid", _FIELD_NUMBERS),
    (b"mtime", [b"1.5", b"-1", b"1e9", b"nan", b"1" * 400, b"1.", b".5"]),
    (b"SCHILY.xattr.user.x", [b"", b"value", b"\xff", b"x" * 70_000]),
    (b"SCHILY.xattr.\xff", [b"x"]),
    (b"GNU.sparse.map", [b"0,5", b"x,y", b"0,1,2", b"-1,5", b""]),
    (b"GNU.sparse.size", [b"5", b"-5", b"9" * 30]),
    (b"GNU.sparse.major", [b"0", b"1", b"9"]),
    (b"GNU.sparse.minor", [b"0", b"1"]),
    (b"GNU.sparse.name", _FIELD_TEXTS),
    (b"GNU.sparse.realsize", [b"1", b"9" * 20, b"-1"]),
    (b"SCHILY.devmajor", [b"1", b"4611686018427387904", b"-1"]),
    (b"hdrcharset", [b"BINARY", b"x"]),
    (b"comment", [b"x", b"x" * 70_000]),
    (b"uname", [b"\xff", b"x" * 300]),
]


def raw(random: Random, data: bytes) -> bytes:
    """Change bytes anywhere, without regard to what they mean."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + random.choice((1, 2, 4, 8, 64, 512)))
        match random.randrange(7):
            case 0 if start < len(changed):
                changed[start] ^= 1 << random.randrange(8)
            case 1 if start < len(changed):
                changed[start] = random.choice((0, 0xFF, 0x20, 0x30, 0x80, random.randrange(256)))
            case 2:
                del changed[start:end]
            case 3:
                changed[start:start] = changed[start:end]
            case 4:
                changed[start:end] = random.randbytes(end - start)
            case 5:
                other = random.randrange(len(changed) + 1)
                changed[start:end] = changed[other : other + end - start]
            case 6 if random.random() < 0.3:
                del changed[start:]
    return bytes(changed)


def text(random: Random, value: str) -> str:
    """Change a text, or put another in its place."""
    if random.random() < 0.4:
        return random.choice(_TEXTS)
    start = random.randrange(len(value) + 1)
    end = min(len(value), start + random.randrange(4))
    return value[:start] + random.choice((*_TEXTS, chr(random.randrange(0x250)), value[start:end] * 2)) + value[end:]


def json_value(random: Random, value: Any) -> Any:
    """Change one thing in a JSON value, which is not altered itself."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        changed = dict(value)
        match random.randrange(12):
            case 0:
                del changed[key]
            case 1:
                changed[text(random, key)] = changed.pop(key)
            case _:
                changed[key] = json_value(random, value[key])
        return changed
    if isinstance(value, list) and value and random.random() < 0.9:
        index = random.randrange(len(value))
        match random.randrange(8):
            case 0:
                return value[:index] + value[index + 1 :]
            case 1:
                return value * random.choice((2, 3, 200))
        return [*value[:index], json_value(random, value[index]), *value[index + 1 :]]
    if isinstance(value, str) and random.random() < 0.7:
        return text(random, value)
    if isinstance(value, int) and random.random() < 0.5:
        return value + random.choice((-1, 1))
    makers: list[Callable[[], Any]] = [
        lambda: random.choice(_NUMBERS),
        lambda: random.choice(_TEXTS),
        lambda: random.choice((None, True, False, 1.5, [], {}, [[]], {"": None}, [None] * 3)),
        lambda: {"a": value},
        lambda: [value],
    ]
    return random.choice(makers)()


def json_text(random: Random, value: Any) -> bytes:
    """A JSON value as text, seldom as right JSON has it."""
    data = json.dumps(value, ensure_ascii=random.random() < 0.7).encode(errors="surrogatepass")
    match random.randrange(20):
        case 0:
            return raw(random, data)
        case 1:
            places = [index for index, byte in enumerate(data) if byte in b":,[{"]
            index = random.choice(places or [0]) + 1
            return data[:index] + random.choice(_RAW_JSON) + data[index:]
        case 2:
            return data.decode(errors="replace").encode(random.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-le")))
        case 3:
            return data.replace(b"{", b'{"twice":1,"twice":2,', 1)
    return data


def several(random: Random, change: Callable[[Random, Any], Any], value: Any) -> Any:
    """Change a value once or a few times; sometimes not at all."""
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 3))):
        value = change(random, value)
    return value


def tar(random: Random, data: bytes) -> bytes:
    """Change a field of a header, or put another header in front of one; checksums are right again."""
    headers = [start for start in range(0, len(data) - BLOCK + 1, BLOCK) if _is_header(data[start : start + BLOCK])]
    if not headers or random.random() < 0.15:
        return raw(random, data)
    start = random.choice(headers)
    if random.random() < 0.35:
        return data[:start] + extended(random) + data[start:]
    header = bytearray(data[start : start + BLOCK])
    name = random.choice(list(FIELDS))
    offset, length = FIELDS[name]
    if name == "type":
        value = bytes([random.choice(_TYPES)])
    elif name == "magic":
        value = random.choice((b"ustar\x0000", b"ustar  \0", bytes(8), b"ustar\0xx"))
    else:
        value = random.choice(_FIELD_TEXTS if name in ("name", "link", "uname", "gname", "prefix") else _FIELD_NUMBERS)
    header[offset : offset + length] = value[:length].ljust(length, b"\0")
    return data[:start] + with_checksum(bytes(header)) + data[start + BLOCK :]


def extended(random: Random) -> bytes:
    """An extended header with a few records; some are no records."""
    kind = random.choice((b"x", b"x", b"x", b"g", b"L", b"K"))
    if kind in b"LK":
        content = random.choice(_FIELD_TEXTS) + random.choice((b"\0", b""))
    else:
        content = b"".join(_record(random) for _ in range(random.choice((1, 1, 2, 5, 200))))
    header = b"././@PaxHeader".ljust(124, b"\0") + b"%011o\0" % len(content) + bytes(20) + kind
    return with_checksum(header.ljust(BLOCK, b"\0")) + content + bytes(-len(content) % BLOCK)


def _record(random: Random) -> bytes:
    if random.random() < 0.1:
        return random.choice(
            (b"5 a=\n", b"6 a=b", b"99 a=b\n", b"0 a=b\n", b" a=b\n", b"-5 a=b\n", b"1_0 a=bcd\n", b"12\n")
        )
    key, values = random.choice(_RECORDS)
    line = b" " + key + b"=" + random.choice(values) + b"\n"
    length = len(line) + len(str(len(line)))
    return b"%d" % (len(line) + len(str(length))) + line


def with_checksum(header: bytes) -> bytes:
    """A header with the sum that its bytes have."""
    spaces = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(spaces) + header[156:]


def _is_header(block: bytes) -> bool:
    return block[257:262] == b"ustar" and with_checksum(block)[148:154] == block[148:154]
