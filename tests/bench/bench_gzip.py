"""`python3 tests/bench/bench_gzip.py [ROUNDS] [FILE] [PYTHON]`: the gzip writers against pigz at the same level.

FILE: what to compress; by default the first 200 MB of the programs in /usr/bin, which is what layers are made of.
"""

from __future__ import annotations

import glob
import os
import sys
import tempfile
from pathlib import Path

from measure import Command, alternate, report

HERE = Path(__file__).parent
SIZE = 200_000_000


def programs(top: Path) -> Path:
    """A file of `SIZE` bytes, or as many as there are."""
    path = top / "programs"
    with open(path, "wb") as file:
        for name in sorted(glob.glob("/usr/bin/*")):
            if os.path.isfile(name) and file.tell() < SIZE:
                file.write(Path(name).read_bytes())
        file.truncate(min(file.tell(), SIZE))
    return path


def main(rounds: int = 7, path: str = "", python: str = sys.executable) -> None:
    threads = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="nixdock-bench-") as name:
        corpus = path or programs(Path(name))
        for level in (1, 6, 9):
            pigz = Command("pigz", f"pigz -c -n -T -p{threads} -{level} < {corpus}", name)
            for library in ("zlib", "libdeflate"):
                ours = Command(library, f"{python} -I {HERE}/compress_file.py {library} {level} < {corpus}", name)
                alternate([pigz, ours], rounds)
                report(f"{library} -{level}, {threads} threads, vs pigz", pigz, ours, 0.93)


if __name__ == "__main__":
    main(*(kind(argument) for kind, argument in zip((int, str, str), sys.argv[1:], strict=False)))
