"""Step `program`: an executable that runs a nixdock command.

Spec: shell (path of bash), path [directories for PATH], argv [words],
    tag (where there is one: passed as --tag; null: the hash part of the output's store path),
    bin (where there is one: the program is OUTPUT/bin/NAME).
Output: the script, or the directory with it; it passes what its user types after its own words.
"""

from __future__ import annotations

import os
import shlex

from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    argv = [*spec["argv"], *(["--tag", attributes.tag()] if "tag" in spec else [])]
    lines = [
        f"#!{spec['shell']}",
        f"PATH={shlex.quote(':'.join(spec['path']))}${{PATH:+:$PATH}}",
        f'exec {shlex.join(argv)} "$@"',
    ]
    script = attributes.out
    if "bin" in spec:
        os.makedirs(f"{attributes.out}/bin")
        script = f"{attributes.out}/bin/{spec['bin']}"
    with open(script, "w") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(script, 0o755)
