"""The beginnings of ELF files for any machine: enough of one for whoever asks only what it is for."""

from __future__ import annotations

from typing import Literal


def elf(machine: int, *, bits: int = 64, order: Literal["little", "big"] = "little", kind: int = 3) -> bytes:
    """64 bytes; machine and kind (2 = a program, 3 = a position-independent one or a library) as in elf.h."""
    identity = b"\x7fELF" + bytes([bits // 32, 1 if order == "little" else 2, 1]) + bytes(9)
    return (identity + kind.to_bytes(2, order) + machine.to_bytes(2, order)).ljust(64, b"\0")
