"""`tests/matrix/run`: each suite's cells from a Debian of its own, then the table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
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
    chosen = [f"--way={options.way}", f"--runtime={options.runtime}"]
    results = {suite: list(_results(suite, chosen)) for suite in options.suites}
    if options.json:
        cells = [{**asdict(cell), "surprises": cell.surprises} for suite in results.values() for cell in suite]
        print(json.dumps(cells, indent=1))
    else:
        tables = [suite_table(cells) for cells in results.values() if cells]
        print("\n".join([*tables, LEGEND, details(cell for suite in results.values() for cell in suite)]), end="")
    if not all(results.values()) or any(cell.surprises for suite in results.values() for cell in suite):
        sys.exit(1)


def _results(suite: str, chosen: list[str]) -> Iterator[Result]:
    """Run one suite; its progress goes to stderr, and each cell in few words as it is known."""
    command = [str(ROOT / "tests/debian/run"), suite, "--", "tests/matrix/inside", *chosen]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as inside:
        assert inside.stdout
        for line in inside.stdout:
            result = Result.of(suite, json.loads(line))
            print(f"{suite}: {result.runtime}: {result.way}: {result.text}", file=sys.stderr)
            yield result
    if inside.returncode != 0:
        sys.exit(f"{suite} did not come to its end: see above")
