"""`tests/matrix/run`: each suite's cells from a Debian of its own, then the table."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from dataclasses import asdict

from tests.support.tools import ROOT

from .cells import add_filters
from .table import LEGEND, Result, details, suite_table

SUITES = ("bookworm", "trixie", "sid")


def main() -> None:
    """Print the table; exit 1 where a cell fails that should not, or a suite did not come to its end."""
    parser = argparse.ArgumentParser(prog="tests/matrix/run", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", default=SUITES, help="default: " + ", ".join(SUITES))
    parser.add_argument("--json", action="store_true", help="print the cells as a JSON list instead")
    add_filters(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it started is ended, too
    chosen = [f"--way={options.way}", f"--runtime={options.runtime}"]
    ended = [_fill(suite, chosen) for suite in options.suites]
    cells = [cell for suite, _ in ended for cell in suite]
    if options.json:
        print(json.dumps([{**asdict(cell), "surprises": cell.surprises} for cell in cells], indent=1))
    else:
        print("\n".join([*(suite_table(suite) for suite, _ in ended if suite), LEGEND, details(cells)]), end="")
    if any(cell.surprises for cell in cells) or not all(whole for _, whole in ended):
        sys.exit(1)


def _fill(suite: str, chosen: list[str]) -> tuple[list[Result], bool]:
    """Run one suite; its progress goes to stderr, each cell too. Returns the cells, and whether these are all."""
    command = [str(ROOT / "tests/debian/run"), suite, "--", "tests/matrix/inside", *chosen]
    cells: list[Result] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as inside:
        assert inside.stdout
        try:
            for line in inside.stdout:
                cell = Result.of(suite, json.loads(line))
                print(f"{suite}: {cell.runtime}: {cell.way}: {cell.text}", file=sys.stderr)
                cells.append(cell)
        except BaseException:
            inside.terminate()
            raise
    if inside.returncode != 0:
        print(f"{suite} did not come to its end: see above", file=sys.stderr)
    return cells, inside.returncode == 0
