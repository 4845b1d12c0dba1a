from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from nixdock_hook.insight.report.treemap import HEIGHT, WIDTH, Box, Group, Part, squarified, treemap

BOX = Box(10, 20, 300, 200)


@pytest.mark.parametrize(
    "sizes", [[1], [6, 6, 4, 3, 2, 2, 1], [1000, 1], [1] * 50, [10**12, 5, 1], list(range(100, 0, -1))]
)
def test_areas_are_in_proportion_and_fill_the_box(sizes: list[int]) -> None:
    boxes = squarified(sizes, BOX)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.width * box.height == pytest.approx(size / sum(sizes) * BOX.width * BOX.height, rel=1e-6)
        assert BOX.x - 1e-2 <= box.x and box.x + box.width <= BOX.x + BOX.width + 1e-2
        assert BOX.y - 1e-2 <= box.y and box.y + box.height <= BOX.y + BOX.height + 1e-2


def test_boxes_do_not_lie_on_one_another() -> None:
    boxes = squarified([9, 8, 5, 3, 3, 2, 1], BOX)
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            along = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert across < 1e-6 or along < 1e-6


def test_they_are_close_to_squares() -> None:
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 600, 400))
    assert max(max(box.width / box.height, box.height / box.width) for box in boxes) < 3


def parts(count: int, size: int = 100) -> tuple[Part, ...]:
    return tuple(Part(f"part {number}", f"title {number}", size) for number in range(count))


def drawn(*groups: Group) -> list[ElementTree.Element]:
    svg = ElementTree.fromstring(treemap(groups, "a map"))
    return list(svg.iter("rect"))


def test_each_part_is_drawn_with_its_title() -> None:
    svg = treemap([Group("one", parts(3)), Group("two", parts(2))], 'a "map"')
    assert [title.text for title in ElementTree.fromstring(svg).iter("title")] == [
        *("one", "title 0", "title 1", "title 2"),
        *("two", "title 0", "title 1"),
    ]
    assert ElementTree.fromstring(svg).attrib["aria-label"] == 'a "map"'
    area = sum(float(one.attrib["width"]) * float(one.attrib["height"]) for one in drawn(Group("one", parts(3))))
    assert area == pytest.approx(WIDTH * HEIGHT, rel=0.01)


def test_small_parts_are_drawn_as_one() -> None:
    assert len(drawn(Group("one", (*parts(2, 10**9), *parts(50, 1))))) == 3
    assert len(drawn(*(Group(str(number), parts(100)) for number in range(50)))) == 5000  # equal ones are not small
    uneven = tuple(Part(str(number), str(number), 10_000 + number) for number in range(5000))
    assert len(drawn(Group("one", uneven))) == 301


def test_nothing_is_drawn_of_nothing() -> None:
    assert treemap([], "x") == treemap([Group("one", (Part("a", "a", 0),))], "x") == ""
    assert len(drawn(Group("one", (Part("a", "a", 0), Part("b", "b", 1))))) == 1


def test_names_are_text() -> None:
    hostile = "</title><script>alert(1)</script>"
    svg = treemap([Group(hostile, (Part(hostile, hostile, 1),))], hostile)
    assert "<script" not in svg and len(re.findall("&lt;script", svg)) == 4
