"""Step `program`: an executable that runs a nixdock command.

Spec: name, shell (path of bash), path [directories for PATH], argv [words],
    tag (where there is one: passed as --tag; null: the hash part of the output's store path),
    package (the directory to make, with the program as bin/NAME),
    printed {place in the package: [words]}: files that the program itself prints,
    file (where there is one: the path of the program as a file of its own).
Output: the script, which passes what its user types after its own words.
"""

from __future__ import annotations

import os
import shlex

from .. import process
from ..outputs import named_file
from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    script = _script(attributes)
    program = f"{spec['package']}/bin/{spec['name']}"
    os.makedirs(os.path.dirname(program))
    _write(program, script)
    for place, words in spec["printed"].items():
        path = f"{spec['package']}/{place}"
        os.makedirs(os.path.dirname(path))
        with named_file(path) as file:
            file.write(process.run([program, *words], what=spec["name"], stdout=process.PIPE))
    if "file" in spec:
        # The package is a reference of the file's: as long as the file is there, `nix run` finds what it starts.
        _write(spec["file"], f"{script}# also: {program}\n")


def _script(attributes: Attributes) -> str:
    spec = attributes.spec
    command = shlex.join(spec["argv"])
    if "tag" in spec:
        command += f" --tag {_no_reference(attributes.tag())}"
    lines = [
        f"#!{spec['shell']}",
        f"PATH={shlex.quote(':'.join(spec['path']))}${{PATH:+:$PATH}}",
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
