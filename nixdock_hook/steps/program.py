"""Step `program`: an executable that runs a nixdock command.

Output: the script, which passes what its user types after its own words.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from .. import process
from ..documents.fields import ExactFields
from ..outputs import named_file
from .attributes import Graphs, tag_of


@dataclass(frozen=True, slots=True)
class Spec:
    """shell: the path of bash. path: directories for PATH. argv: the command's words.

    has_tag: whether to pass --tag; tag: None = the hash part of the output's store path.
    package: the directory to make, with the program as bin/NAME.
    printed: files of the package that the program itself prints: place in the package -> the words to give it.
    file: the path of the program as a file of its own, None where there is none.
    """

    name: str
    shell: str
    path: tuple[str, ...]
    argv: tuple[str, ...]
    has_tag: bool
    tag: str | None
    package: str
    printed: Mapping[str, Sequence[str]]
    file: str | None

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            name=fields.text("name"),
            shell=fields.text("shell"),
            path=fields.texts("path"),
            argv=fields.texts("argv"),
            has_tag=fields.has("tag"),
            tag=fields.optional_text("tag"),
            package=fields.text("package"),
            printed=fields.texts_mapping("printed"),
            file=fields.text("file") if fields.has("file") else None,
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    script = _script(spec, out)
    program = f"{spec.package}/bin/{spec.name}"
    os.makedirs(os.path.dirname(program))
    _write(program, script)
    for place, words in spec.printed.items():
        path = f"{spec.package}/{place}"
        os.makedirs(os.path.dirname(path))
        with named_file(path) as file:
            file.write(process.run([program, *words], what=spec.name, stdout=process.PIPE))
    if spec.file is not None:
        # The package is a reference of the file's: as long as the file is there, `nix run` finds what it starts.
        _write(spec.file, f"{script}# also: {program}\n")


def _script(spec: Spec, out: str) -> str:
    command = shlex.join(spec.argv)
    if spec.has_tag:
        command += f" --tag {_no_reference(tag_of(spec.tag, out))}"
    lines = [
        f"#!{spec.shell}",
        f"PATH={shlex.quote(':'.join(spec.path))}${{PATH:+:$PATH}}",
        f'exec {command} "$@"',
    ]
    return "\n".join(lines) + "\n"


def _no_reference(tag: str) -> str:
    """Quote a tag for the shell, with '' in its middle: Nix takes the hash part of an output for a reference to it."""
    middle = len(tag) // 2
    return f"{shlex.quote(tag[:middle])}''{shlex.quote(tag[middle:])}"


def _write(path: str, script: str) -> None:
    with open(path, "w") as file:
        file.write(script)
    os.chmod(path, 0o755)
