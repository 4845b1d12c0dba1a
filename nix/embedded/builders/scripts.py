"""Make scripts run from the store: their interpreters, the host paths in them, Python's bytecode."""

from __future__ import annotations

import os
import py_compile
import re
from collections.abc import Mapping, Sequence

from failure import Failure
from tree import walk

SHEBANG = re.compile(rb"#! *(?:/usr(?:/local)?)?/bin/(?:env +)?([^\s/]+)([^\n]*)")


def fix_shebangs(out: str, inputs: Sequence[str]) -> None:
    """Give each executable script an interpreter of ``out`` or ``inputs``; a script that has none there is removed."""
    for path in list(walk(out)):
        file = os.path.join(out, path)
        if os.path.islink(file) or not os.access(file, os.X_OK):
            continue
        with open(file, "rb") as stream:
            content = stream.read()
        if not (found := SHEBANG.match(content)):
            continue
        name = found[1].decode()
        interpreter = next((p for root in [out, *inputs] if os.path.exists(p := os.path.join(root, "bin", name))), None)
        if interpreter is None:
            print(f"leaving out {path}: its interpreter {name} is none of the package's inputs")
            os.unlink(file)
        else:
            _write(file, b"#!" + interpreter.encode() + found[2] + content[found.end() :])


def replace_texts(out: str, replacements: Mapping[str, Mapping[str, str]]) -> None:
    """Replace texts in files; a text that is not there is an error, so that a new upstream version is noticed."""
    for path, texts in replacements.items():
        file = os.path.join(out, path)
        with open(file, "rb") as stream:
            content = stream.read()
        for text, other in texts.items():
            if text.encode() not in content:
                raise Failure(f"no text '{text}' in {file}: adapt `replace` to this version of the Debian package")
            content = content.replace(text.encode(), other.replace("@out@", out).encode())
        _write(file, content)


def precompile(out: str) -> None:
    """Write Python's bytecode beside its standard library, tied to no time: the store is read-only at run time."""
    for path in list(walk(out)):
        if re.fullmatch(r"lib/python3\.\d+/.*\.py", path) and not os.path.islink(file := os.path.join(out, path)):
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(file, doraise=True, invalidation_mode=mode)


def _write(file: str, content: bytes) -> None:
    with open(file, "wb") as stream:
        stream.write(content)
