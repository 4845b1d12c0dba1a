"""Our reading of thousands of damaged tars against that of Debian's tar: the same, or an error.

NIXDOCK_TAR_SEED (a number) has other mutations made; the figures are printed with `pytest -s`.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nixdock_hook.bases.tar_members import read_members
from nixdock_hook.errors import InvalidImage
from tests.support.tar_mutations import mutated, right_tars
from tests.support.tools import need

MUTATIONS = 5000
BATCH = 500

Reading = list[tuple[object, ...]]
"""(kind, mode, uid, gid, size, name, target) of each member; last the content of all files together."""

STRICTER = {
    "Go's archive/tar, which runtimes use, reads something else, or fails": [
        "a prefix in a place of its own",
        "a global header with a ",
        "an empty [a-z]+ in an extended header",
        "a wrong record in an extended header",
        "a (path|linkpath) in two extended headers",
        "a long name (without any byte|that is longer than its header says)",
        "a lone block of zeros",
        "of [0-9]+ bytes in here: pack it again",
        "a file by its type and a directory by its name",
        "a NUL in a (path|linkpath|uname)",
    ],
    "no runtime unpacks it": ["a member of type ", "a sparse file", "only GNU tar knows", "a link to nothing", "xattr"],
    "numbers are octal digits, or GNU's positive base 256": ["where a number has to be", "a negative number"],
    "times are decimal numbers": ["where a time has to be"],
    "what is cut off may lack anything": ["a header is cut off", "without its member"],
    "bounds": [
        "more than 16 extended headers",
        "a (name|target) of [0-9]+ bytes",
        "the numbers [0-9]",
        "an owner with",
    ],
}
_LISTED = re.compile(
    rb"(\S)(\S{9}) +(\d+)/(\d+) +(\d+|\d+,\d+) (?:\S+ \S+|-?\d+) +(\"(?:[^\"\\]|\\.)*\")(?: (?:->|link to) (\".*\"))?"
)
_KINDS = {
    "-": "file",
    "C": "file",
    "d": "directory",
    "l": "symlink",
    "h": "hardlink",
    "p": "fifo",
    "c": "char",
    "b": "block",
}
# For each file: what tar lists, what the files hold if somebody wants to know, and whether it found something wrong.
_SCRIPT = """
for file in "$@"; do
    tar -tvf "$file" --numeric-owner -P --quoting-style=c >"$file.list" 2>"$file.errors" || : >"$file.failed"
    [ ! -e "$file.wanted" ] || tar -xOf "$file" -P >"$file.content" 2>>"$file.errors" || : >"$file.failed"
done
"""


def test_what_we_read_is_what_tar_reads(tmp_path: Path) -> None:
    tars = right_tars(tmp_path)
    start = int(os.environ.get("NIXDOCK_TAR_SEED", "1")) * 1_000_000
    figures: Counter[str] = Counter()
    wrong = []
    for first in range(start, start + MUTATIONS, BATCH):
        cases = {tmp_path / str(seed): mutated(tars, seed) for seed in range(first, first + BATCH)}
        for (place, data), theirs in zip(cases.items(), _theirs(cases), strict=True):
            verdict = _verdict(_ours(data), theirs)
            figures[verdict] += 1
            if verdict.startswith("WRONG"):
                wrong.append(f"seed {place.name}: {verdict}: ours {_ours(data)!s:.300}, theirs {theirs!s:.300}")
    print(
        f"\n{MUTATIONS} mutations from seed {start}:",
        *(f"  {n:5} {text}" for text, n in figures.most_common()),
        sep="\n",
    )
    assert not wrong, "\n".join(wrong[:10])
    # The mutations are worth something: many tars stay readable, many do not, and each reason occurs.
    assert figures["both read the same"] > MUTATIONS // 5 and figures["both refuse"] > MUTATIONS // 20
    assert {reason for reason in STRICTER if not figures[f"only we refuse: {reason}"]} == set()


def test_right_tars_are_read_alike(tmp_path: Path) -> None:
    cases = {tmp_path / str(number): data for number, data in enumerate(right_tars(tmp_path))}
    for data, theirs in zip(cases.values(), _theirs(cases), strict=True):
        assert theirs is not None and len(theirs) > 2
        assert _ours(data) == theirs


def _verdict(ours: Reading | str, theirs: Reading | None) -> str:
    if isinstance(ours, str):
        reasons = (reason for reason, texts in STRICTER.items() if any(re.search(text, ours) for text in texts))
        if theirs is None:
            return "both refuse"
        return next((f"only we refuse: {reason}" for reason in reasons), "WRONG, only we refuse")
    if theirs is None:
        return "WRONG, tar fails"
    return "both read the same" if ours == theirs else "WRONG, another reading"


def _ours(data: bytes) -> Reading | str:
    try:
        members = list(read_members(io.BytesIO(data), "here"))
    except InvalidImage as error:
        return str(error)
    contents = [data[member.offset :][: member.size] for member in members]
    found: Reading = [
        (found.kind, found.mode, found.uid, found.gid, found.size, found.name.rstrip(b"/"), found.target)
        for found in members
    ]
    return [*found, (b"".join(contents),)]


def _theirs(cases: dict[Path, bytes]) -> Iterator[Reading | None]:
    """What tar reads of each file; None where it says that something is wrong."""
    for place, data in cases.items():
        place.write_bytes(data)
        if not isinstance(_ours(data), str):
            Path(f"{place}.wanted").touch()
    need("tar")
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    subprocess.run(["bash", "-c", _SCRIPT, "tar", *cases], check=True, env=environment, stdin=subprocess.DEVNULL)
    for place in cases:
        if Path(f"{place}.failed").exists():
            yield None
        else:
            listed = Path(f"{place}.list").read_bytes().splitlines()
            content = Path(f"{place}.content")
            yield [*map(_member, listed), (content.read_bytes() if content.exists() else b"",)]


def _member(line: bytes) -> tuple[object, ...]:
    found = _LISTED.fullmatch(line)
    if found is None:
        return ("unknown", line)
    kind, mode, uid, gid, size, name, target = found.groups()
    return (
        _KINDS.get(kind.decode(), kind.decode()),
        _mode(mode.decode()),
        int(uid),
        int(gid),
        0 if b"," in size else int(size),
        _unquoted(name).rstrip(b"/"),
        _unquoted(target) if target else b"",
    )


def _mode(text: str) -> int:
    """The bits of `rwsr-xr-t`."""
    bits = sum(1 << 8 - place for place, letter in enumerate(text) if letter not in "-ST")
    return bits + sum(bit for place, bit in ((2, 0o4000), (5, 0o2000), (8, 0o1000)) if text[place] in "sStT")


def _unquoted(text: bytes) -> bytes:
    return codecs.escape_decode(text[1:-1])[0]  # type: ignore[attr-defined, no-any-return, unused-ignore]
