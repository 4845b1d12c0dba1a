"""HTML in pieces. Whatever an image says passes `text` or `attribute` on its way into the page, and nothing else does.

End tags that HTML makes optional (those of rows and cells) are left out: a page has thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ..text import plain


def text(value: object) -> str:
    """Return a text as HTML; characters that would reorder or hide others are shown by their number."""
    return escape(plain(str(value)), quote=False)


def attribute(value: object) -> str:
    """Return a text as the value of an attribute, without the quotes around it."""
    return escape(plain(str(value)))


def section(name: str, heading: str, *content: str) -> str:
    """Return a part of the page with a heading; `name` is what a link to it says behind #."""
    head = f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{text(heading)}</h2>'
    return f"{head}{''.join(content)}</section>\n"


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), name: str = ""
) -> str:
    """Return a table that scrolls where it has to; the first cell of a row is its heading.

    heads, caption: texts. rows: cells that are HTML already. numbers: columns aligned at the right.
    name: of the table, for what searches in it.
    """
    marked = f' id="{name}"' if name else ""
    head = "".join(f'<th scope="col"{_class(n, numbers)}>{text(one)}' for n, one in enumerate(heads))
    body = "\n".join(_row(cells, numbers) for cells in rows)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{attribute(caption)}"><table{marked}>'
        f"<caption>{text(caption)}</caption><thead><tr>{head}</thead><tbody>\n{body}</tbody></table></div>"
    )


def items(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values (HTML already) as a list."""
    return f"<dl>{''.join(f'<dt>{text(name)}<dd>{value}' for name, value in pairs)}</dl>"


def _row(cells: Sequence[str], numbers: Sequence[int]) -> str:
    first, *rest = cells
    return f"<tr><th scope=row{_class(0, numbers)}>{first}" + "".join(
        f"<td{_class(n, numbers)}>{cell}" for n, cell in enumerate(rest, 1)
    )


def _class(column: int, numbers: Sequence[int]) -> str:
    return " class=n" if column in numbers else ""
