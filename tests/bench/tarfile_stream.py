"""`python3 tarfile_stream.py STORE_PATH…`: one layer hashed as nixpkgs' stream_layered_image.py does it.

Its way, in our words: every path of a sorted rglob goes through tarfile's gettarinfo and addfile into a hash.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import sys
import tarfile
from pathlib import Path


class Sink(io.RawIOBase):
    """Hashes what tarfile writes."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def write(self, data: object) -> int:
        self.hash.update(data)  # type: ignore[arg-type]
        return len(data)  # type: ignore[arg-type]


sink = Sink()
with tarfile.open(fileobj=sink, mode="w|", bufsize=tarfile.RECORDSIZE) as archive:
    for top in map(Path, sys.argv[1:]):
        for path in itertools.chain([top], sorted(top.rglob("*"))):
            member = archive.gettarinfo(path)
            member.mtime, member.uid, member.gid, member.uname, member.gname = 1, 0, 0, "root", "root"
            if member.isreg():
                with open(path, "rb") as file:
                    archive.addfile(member, file)
            else:
                archive.addfile(member)
print(sink.hash.hexdigest())
