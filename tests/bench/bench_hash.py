"""`python3 tests/bench/bench_hash.py [ROUNDS] [PYTHON]`: the hash pass against GNU tar, and against tarfile.

Makes two corpora of 0.7 and 1.3 GB under $TMPDIR, and removes them. Whole processes are timed, their start included.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from corpora import make_large, make_small
from measure import Command, alternate, report

HERE = Path(__file__).parent
GNU = "tar --sort=name --owner=root:0 --group=root:0 --mtime=@1 -cf - nix | openssl dgst -sha256"


def commands(top: Path, paths: list[str], python: str) -> dict[str, Command]:
    """The ways to hash a corpus, by their short names."""
    lines = {
        "gnu": GNU,
        "together": f"{python} -I {HERE}/hash_corpus.py together {' '.join(paths)}",
        "apart": f"{python} -I {HERE}/hash_corpus.py apart {' '.join(paths)}",
        "tarfile": f"{python} -I {HERE}/tarfile_stream.py {' '.join(paths)}",
    }
    return {name: Command(name, line, str(top)) for name, line in lines.items()}


def main(rounds: int = 9, python: str = sys.executable) -> None:
    with tempfile.TemporaryDirectory(prefix="nixdock-bench-") as name:
        top = Path(name)
        small = commands(top / "small", make_small(top / "small/nix/store"), python)
        large = commands(top / "large", make_large(top / "large/nix/store"), python)
        alternate(list(small.values()), rounds)
        report("small files, one layer, vs tar|openssl", small["gnu"], small["together"], 1.15)
        report("small files, two layers, vs tar|openssl", small["gnu"], small["apart"], 1.4)
        report("small files, one layer, vs tarfile", small["tarfile"], small["together"], 6.5)
        report("small files, two layers, vs tarfile", small["tarfile"], small["apart"], 8)
        alternate(list(large.values()), rounds)
        report("large files, one layer, vs tar|openssl", large["gnu"], large["together"], 1.6)
        report("large files, two layers, vs tar|openssl", large["gnu"], large["apart"], 2.4)


if __name__ == "__main__":
    main(*(kind(argument) for kind, argument in zip((int, str), sys.argv[1:], strict=False)))
