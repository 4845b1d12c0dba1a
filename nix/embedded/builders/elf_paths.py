"""Make every ELF file load its libraries from the store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence

import elf
from failure import Failure
from tree import walk


def patch_all(out: str, libraries: Sequence[str], loader: str, patchelf: Sequence[str]) -> None:
    """Set interpreter and library path of each dynamic ELF file under ``out``.

    libc's own store path is left alone: the loader must not be patched, and its libraries are only ever loaded
    beside the libc.so.6 that stands with them.
    """
    if os.path.exists(os.path.join(out, "lib", loader)):
        return
    own = _shared_objects(out)
    for path in walk(out):
        file = os.path.join(out, path)
        if not os.path.islink(file) and (kind := elf.read(file)) is not None and kind.dynamic:
            _patch(file, kind.interpreted, own, libraries, loader, patchelf)


def _shared_objects(out: str) -> dict[str, str]:
    """Return name ─► directory of the shared objects under ``out``; those in lib itself win."""
    paths = [path for path in walk(out) if ".so" in os.path.basename(path)]
    paths.sort(key=lambda path: os.path.dirname(path) == "lib")
    return {os.path.basename(path): os.path.join(out, os.path.dirname(path)) for path in paths}


def _patch(
    file: str, executable: bool, own: dict[str, str], libraries: Sequence[str], loader: str, patchelf: Sequence[str]
) -> None:
    needed = _output([*patchelf, "--print-needed", file]).split()
    directories = [_directory_of(name, own, libraries, file) for name in needed]
    rpath = ["--set-rpath", ":".join(_unique(directories))]
    if executable:
        # DT_RPATH, not DT_RUNPATH: it also serves what libraries open by name, as libc does with libgcc_s.
        rpath.append("--force-rpath")
    _output([*patchelf, *rpath, file])
    if executable:
        # A call of its own, and the last one: with both in one call, or in the other order, patchelf 0.18 (Debian 13)
        # makes segments of a program at fixed addresses overlap, and it ends with a segmentation fault.
        interpreter = os.path.join(_directory_of(loader, own, libraries, file), loader)
        _output([*patchelf, "--set-interpreter", interpreter, file])


def _directory_of(name: str, own: dict[str, str], libraries: Sequence[str], file: str) -> str:
    if name in own:
        return own[name]
    for library in libraries:
        if os.path.exists(os.path.join(library, "lib", name)):
            return os.path.join(library, "lib")
    raise Failure(f"no {name} for {file} in its Debian package's dependencies: name its package in `inputs`")


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
