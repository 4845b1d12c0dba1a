"""A treemap: areas in proportion to sizes, close to squares (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..text import size_text
from .markup import attribute, text

WIDTH, HEIGHT = 1200.0, 640.0
_SMALLEST = 40.0
_MOST_PARTS = 300
"""Square units (a 20,000th of the map), and the number of parts that are drawn: smaller ones of a layer are drawn as
one, so that the page of an image with thousands of store paths stays small."""
_LETTER, _LINE = 7.7, 17.0  # how large a letter is drawn
_GOLDEN_ANGLE = 137.508  # degrees between the hues of neighbours, so that no two of many are alike


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a group. label: what is written in it, where there is room. title: what it is, in words."""

    label: str
    title: str
    size: int


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that stay together."""

    title: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


def treemap(groups: Sequence[Group], label: str) -> str:
    """Return the map as SVG; label: what it is, for those who do not see it. "" where nothing has a size."""
    drawn = sorted((group for group in groups if group.size), key=lambda group: -group.size)
    if not drawn:
        return ""
    sizes = sorted((part.size for group in drawn for part in group.parts), reverse=True)
    smallest = max(
        _SMALLEST * sum(sizes) / (WIDTH * HEIGHT), sizes[_MOST_PARTS - 1] if len(sizes) >= _MOST_PARTS else 0
    )
    boxes = squarified([group.size for group in drawn], Box(0, 0, WIDTH, HEIGHT))
    body = "".join(
        _group(group, box, number, smallest) for number, (group, box) in enumerate(zip(drawn, boxes, strict=True))
    )
    return f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{attribute(label)}">{body}</svg>'


def squarified(sizes: Sequence[int], box: Box) -> list[Box]:
    """Divide a box among sizes, the largest first, none of them 0; returns a box for each."""
    boxes: list[Box] = []
    scale = box.width * box.height / sum(sizes)
    areas = [size * scale for size in sizes]
    start = 0
    while start < len(areas):
        short = max(min(box.width, box.height), 1e-9)
        end, total = start + 1, areas[start]
        while end < len(areas) and _worst(areas[start], areas[end], total + areas[end], short) <= _worst(
            areas[start], areas[end - 1], total, short
        ):
            total += areas[end]
            end += 1
        row, box = _row(areas[start:end], total, box)
        boxes += row
        start = end
    return boxes


def _worst(largest: float, smallest: float, total: float, short: float) -> float:
    """The worst ratio of sides in a row of these areas along a side."""
    return max(short * short * largest / (total * total), total * total / (short * short * max(smallest, 1e-12)))


def _row(areas: Sequence[float], total: float, box: Box) -> tuple[list[Box], Box]:
    """Boxes along the short side, and what is left."""
    boxes, at = [], 0.0
    if box.width >= box.height:
        depth = total / max(box.height, 1e-9)
        for area in areas:
            boxes.append(Box(box.x, box.y + at, depth, area / max(depth, 1e-9)))
            at += boxes[-1].height
        return boxes, Box(box.x + depth, box.y, max(box.width - depth, 0.0), box.height)
    depth = total / max(box.width, 1e-9)
    for area in areas:
        boxes.append(Box(box.x + at, box.y, area / max(depth, 1e-9), depth))
        at += boxes[-1].width
    return boxes, Box(box.x, box.y + depth, box.width, max(box.height - depth, 0.0))


def _group(group: Group, box: Box, number: int, smallest: float) -> str:
    parts = list(_visible(group, smallest))
    boxes = squarified([part.size for part in parts], box)
    drawn = "".join(_part(part, inner) for part, inner in zip(parts, boxes, strict=True))
    hue = round(number * _GOLDEN_ANGLE % 360)
    return f'<g style="--h:{hue}"><title>{text(group.title)}</title>{drawn}</g>'


def _visible(group: Group, smallest: float) -> Iterator[Part]:
    """The parts, the largest first; those below the smallest size as one, at the end."""
    parts = sorted((part for part in group.parts if part.size), key=lambda part: -part.size)
    small = [part for part in parts if part.size < smallest]
    yield from parts[: len(parts) - len(small)]
    if small:
        size = sum(part.size for part in small)
        yield small[0] if len(small) == 1 else Part("…", f"{len(small)} smaller parts: {size_text(size)}", size)


def _part(part: Part, box: Box) -> str:
    letters = int((box.width - 8) / _LETTER)
    written = ""
    if letters >= 3 and box.height >= _LINE + 3:
        label = part.label if len(part.label) <= letters else f"{part.label[: letters - 1]}…"
        written = f'<text x="{box.x + 4:.1f}" y="{box.y + _LINE:.1f}">{text(label)}</text>'
    sides = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    return f"<g><title>{text(part.title)}</title><rect {sides}/>{written}</g>"
