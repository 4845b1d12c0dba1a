from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.store.closure import PathInfo, parse_dump, parse_structured, structured

A = "/nix/store/" + "a" * 32 + "-a"
B = "/nix/store/" + "b" * 32 + "-b"


@pytest.mark.parametrize("references", [[B, A], ["b" * 32 + "-b", "a" * 32 + "-a"]], ids=["full paths", "base names"])
@pytest.mark.parametrize("extra", [{}, {"valid": True}], ids=["nix 2.8", "nix 2.26"])
def test_the_structured_graph_of_every_nix(references: list[str], extra: dict[str, bool]) -> None:
    node = {"path": A, "references": references, "narHash": "sha256:0abc", "narSize": 120, "closureSize": 240}
    assert parse_structured([node | extra]) == [PathInfo(A, (A, B), "sha256:0abc", 120)]


def test_what_is_written_is_read_again() -> None:
    infos = [PathInfo(A, (A, B), "sha256:0abc", 120), PathInfo(B, (), "sha256:0def", 240)]
    assert parse_structured(structured(infos[::-1])) == infos


@pytest.mark.parametrize(
    "graph", [{"a": 1}, [{"path": A}], 3, [{"path": A, "references": 1, "narHash": "", "narSize": 0}]]
)
def test_another_graph_is_an_error_in_one_line(graph: object) -> None:
    with pytest.raises(InvalidInput, match="no closure graph of a known Nix"):
        parse_structured(graph)


def test_what_is_no_path_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="'hello' is not a store path"):
        parse_dump("hello\n0abc\n1\n\n0\n")


def test_a_dump_has_hash_and_size_too() -> None:
    text = f"{A}\nsha256:0abc\n120\n\n2\n{A}\n{B}\n{B}\n0def\n240\n/nix/store/x.drv\n0\n"
    expected = [PathInfo(A, (A, B), "sha256:0abc", 120), PathInfo(B, (), "sha256:0def", 240, "/nix/store/x.drv")]
    assert parse_dump(text) == expected
    assert parse_dump("") == []


@pytest.mark.parametrize(
    "text", [f"{A}\n", f"{A}\n0abc\nmany\n\n0\n", f"{A}\n0abc\n1\n\n2\n{B}\n", f"{A}\n0abc\n1\n\nmany\n"]
)
def test_a_dump_that_is_cut_short_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput, match="cut short"):
        parse_dump(text)
