"""The matrix's table: what fails, what is known to, and how both are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.expected import EXPECTED
from tests.matrix.table import Result, aligned, details, suite_table

RUNTIMES = (
    "docker 20.10.24, overlay2",
    "docker 28.5.2, containerd",
    "containerd 1.7.24",
    "containerd 2.1.9",
    "skopeo 1.9.3",
)


def result(runtime: str, way: str, wrong: dict[str, str] | None, plain: bool = False) -> Result:
    cell: Any = None if wrong is None else {"wrong": wrong, "plain": plain}
    return Result.of("sid", {"runtime": runtime, "way": way, "cell": cell})


@pytest.mark.parametrize(
    ("runtime", "wrong", "plain", "text", "surprises"),
    [
        ("containerd 1.7.24", {}, False, "ok", []),
        ("containerd 1.7.24", {}, True, "ok, plain", []),
        ("containerd 1.7.24", None, False, "-", []),
        ("containerd 1.7.24", {"load": "x"}, False, "(load)", []),
        ("containerd 1.7.24", {"load": "x", "push": "y"}, False, "(load) push", ["push"]),
        ("containerd 2.1.9", {"load": "x"}, False, "load", ["load"]),
    ],
)
def test_a_cell(runtime: str, wrong: dict[str, str] | None, plain: bool, text: str, surprises: list[str]) -> None:
    cell = result(runtime, "nix-build, compressor gz", wrong, plain)
    assert (cell.text, cell.surprises) == (text, surprises)


def test_the_table_is_aligned() -> None:
    cells = [
        result("docker 28.5.2, containerd", "serve", {}, True),
        result("docker 28.5.2, containerd", "stream | load", {"run": "x"}),
        result("skopeo 1.22.0", "serve", {}),
    ]
    assert suite_table(cells) == (
        "sid            docker 28.5.2  skopeo 1.22.0\n"
        "               containerd\n"
        "serve          ok, plain      ok\n"
        "stream | load  run\n"
    )
    assert aligned([["a", ""], ["bc", "d"]]) == "a\nbc  d\n"


def test_what_should_not_fail_is_told_first() -> None:
    known = result("containerd 1.7.24", "nix-build, compressor gz", {"load": "no tar"})
    wrong = result("containerd 1.7.24", "serve", {"run": "it is broken"})
    first, second = details([known, wrong]).splitlines()
    assert first == "sid: containerd 1.7.24: serve: run: it is broken"
    assert second.startswith("(load) containerd 1.7.24: it reads ") and second.endswith(": nix-build, compressor gz")


def test_each_known_failure_is_of_some_cell() -> None:
    """A row whose patterns fit no label would say something that nobody can check."""
    from tests.matrix.ways import WAYS

    for row in EXPECTED:
        runtimes = [*RUNTIMES, "podman 4.3.1", "crane 0.20.7"]
        assert any(row.covers(runtime, way.label, row.check) for runtime in runtimes for way in WAYS), row
        assert not all(row.covers(runtime, way.label, row.check) for runtime in runtimes for way in WAYS), row
