from __future__ import annotations

import pytest

from nixdock_hook.store.references import ReferenceScanner, by_hash_part

A = "0123456789abcdfghijklmnpqrsvwxyz"
B = "zyxwvsrqpnmlkjihgfdcba9876543210"
PATHS = {A: f"/nix/store/{A}-a", B: f"/nix/store/{B}-b"}


def found(*pieces: bytes) -> set[str]:
    scanner = ReferenceScanner(by_hash_part(PATHS.values()))
    for piece in pieces:
        scanner.feed(piece)
    return scanner.found


@pytest.mark.parametrize("text", [f"{A}", f"/nix/store/{A}-a/bin", f"\0{A}\xff", f"x{A}", f"{A}x", f"{'0' * 40}{A}"])
def test_the_hash_part_alone_is_a_reference_wherever_it_stands(text: str) -> None:
    assert found(text.encode("latin-1")) == {PATHS[A]}


@pytest.mark.parametrize("text", ["", A[:-1], f"{A[:16]}-{A[16:]}", A.upper(), f"/nix/store/{'q' * 32}-other"])
def test_nothing_else_is(text: str) -> None:
    assert found(text.encode()) == set()


def test_two_that_touch_or_overlap_are_both_found() -> None:
    assert found(f"{A}{B}".encode()) == set(PATHS.values())


@pytest.mark.parametrize("cut", [1, 16, 31, 32, 33, 63])
def test_one_may_be_cut_by_the_end_of_a_piece(cut: int) -> None:
    text = f"{A}/{B}".encode()
    assert found(text[:cut], text[cut:]) == set(PATHS.values())


def test_it_may_come_byte_by_byte() -> None:
    assert found(*(bytes([byte]) for byte in f"-{A}-".encode())) == {PATHS[A]}
