"""Platforms in the words of Go, as runtimes compare them.

platform.json beside this file holds, for nix/internal/go-word.nix too: `architectures`, each GOARCH word with what its
ELF files say (machine, bits, byte order) and which others its CPUs run; `nixWords`, what Nix, Debian and uname say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..errors import InvalidInput
from .model import Platform
from .tables import table

_ELF_HEADER = 20  # bytes, up to and with the machine
_PROGRAM_TYPES = (2, 3)  # ET_EXEC and ET_DYN: programs and shared libraries; no objects, no core dumps


def on_base(image: Platform, base: Platform) -> Platform:
    """Return the platform of an image on a base: the base's variant is its own.

    Raises InvalidInput where the two are for different machines. A base that does not say what it is for fits.
    """
    ours = image.os, image.architecture
    theirs = base.os or image.os, go_word(base.architecture or image.architecture)
    if theirs == ours:
        return replace(image, variant=base.variant)
    what = f"the base image is for {_words(*theirs)} and the image for {_words(*ours)}"
    remedy = f"take a base for {image.os}/{image.architecture}"
    if image.os == base.os:
        remedy += f', or set architecture = "{theirs[1]}"'
    raise InvalidInput(what, "fromImage", remedy)


def elf_architecture(header: bytes) -> str | None:
    """Return GOARCH of the program or shared library that begins so; None for others, and for a CPU unknown to Go."""
    if len(header) < _ELF_HEADER or header[:4] != b"\x7fELF" or header[4] not in (1, 2) or header[5] not in (1, 2):
        return None
    order: Literal["little", "big"] = "little" if header[5] == 1 else "big"
    kind, machine = (int.from_bytes(header[at : at + 2], order) for at in (16, 18))
    if kind not in _PROGRAM_TYPES:
        return None
    said = [machine, header[4] * 32, order]
    return next((word for word, known in table("platform")["architectures"].items() if known.get("elf") == said), None)


def runs(architecture: str, program: str) -> bool:
    """Tell whether CPUs of an architecture run programs of another one: 32 bits in a system of 64, for instance."""
    known = table("platform")["architectures"].get(architecture, {})
    return program in (architecture, *known.get("runs", ()))


def go_word(architecture: str) -> str:
    """Return GOARCH for another word, Nix's or Linux's, for an architecture; a word that nobody knows stays."""
    word: str = table("platform")["nixWords"].get(architecture, architecture)
    return word


def _words(os: str, architecture: str) -> str:
    """The platform, and Nix's word for it where that is another."""
    nix_word = next((nix for nix, go in table("platform")["nixWords"].items() if go == architecture), architecture)
    return f"{os}/{architecture}" + (f" ({nix_word})" if nix_word != architecture else "")
