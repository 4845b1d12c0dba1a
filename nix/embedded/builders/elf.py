"""What the relocation must know of an ELF file: is it one, is it dynamic, does it name an interpreter.

Only the program headers are read (System V ABI, "Program Header"): section headers may be stripped.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PT_DYNAMIC = 2
PT_INTERP = 3
ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"


@dataclass(frozen=True, slots=True)
class Elf:
    """``dynamic``: other libraries may be loaded; ``interpreted``: an executable that names its loader."""

    dynamic: bool
    interpreted: bool


def read(path: str) -> Elf | None:
    """Return the kind of the ELF file at ``path``, None where it is another kind of file."""
    with open(path, "rb") as stream:
        header = stream.read(64)
        if len(header) < 64 or not header.startswith(ELF64_LITTLE_ENDIAN):
            return None
        (table,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        stream.seek(table)
        programs = stream.read(size * count)
    kinds = {struct.unpack_from("<I", programs, size * i)[0] for i in range(count)}
    return Elf(dynamic=PT_DYNAMIC in kinds, interpreted=PT_INTERP in kinds)
