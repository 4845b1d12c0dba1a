"""The table as text: rows are ways, columns runtimes, a table for each suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .expected import EXPECTED

NONE, OK, PLAIN = "-", "ok", "ok, plain"
LEGEND = f"""\
{OK}: the image has its name and the recipe's config and layers, runs, can be saved and pushed; of a second version only
what is new was moved. {PLAIN}: the same, and a push from there sends uncompressed layers. {NONE}: there is no such
way. Otherwise what fails, in parentheses where that is known.
"""


@dataclass(frozen=True)
class Result:
    """A cell as the suite wrote it. wrong: check → what is wrong; None: an empty cell."""

    suite: str
    runtime: str
    way: str
    wrong: dict[str, str] | None
    plain: bool

    @classmethod
    def of(cls, suite: str, line: dict[str, Any]) -> Result:
        """Read a line of cells.py."""
        cell = line["cell"]
        return cls(suite, line["runtime"], line["way"], cell and cell["wrong"], bool(cell and cell["plain"]))

    def reason(self, check: str) -> str | None:
        """Why a check is known to fail here; None where it should hold."""
        known = (row.reason for row in EXPECTED if row.covers(self.runtime, self.way, check))
        return next(known, None)

    @property
    def surprises(self) -> list[str]:
        """The checks that fail and should not."""
        return [check for check in self.wrong or () if self.reason(check) is None]

    @property
    def text(self) -> str:
        """The cell in few words."""
        if self.wrong is None:
            return NONE
        if self.wrong:
            return " ".join(check if check in self.surprises else f"({check})" for check in self.wrong)
        return PLAIN if self.plain else OK


def suite_table(results: Sequence[Result]) -> str:
    """The cells of one suite, aligned; a column's label is above it on two lines."""
    runtimes = list(dict.fromkeys(result.runtime for result in results))
    ways = list(dict.fromkeys(result.way for result in results))
    cells = {(result.runtime, result.way): result.text for result in results}
    heads = [[results[0].suite, *(runtime.partition(", ")[0] for runtime in runtimes)]]
    heads.append(["", *(runtime.partition(", ")[2] for runtime in runtimes)])
    return aligned([*heads, *([way, *(cells.get((runtime, way), "") for runtime in runtimes)] for way in ways)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of words as text with columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def details(results: Iterable[Result]) -> str:
    """A line for each failure that should not be; then those that are known, with the reason."""
    surprises: list[str] = []
    known: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for check, what in (result.wrong or {}).items():
            reason = result.reason(check)
            if reason is None:
                surprises.append(f"{result.suite}: {result.runtime}: {result.way}: {check}: {what}")
            else:
                known.setdefault((f"({check}) {result.runtime}", reason), []).append(result.way)
    reasons = (f"{where}: {reason}: {'; '.join(ways)}" for (where, reason), ways in known.items())
    return "".join(f"{line}\n" for line in [*surprises, *reasons])
