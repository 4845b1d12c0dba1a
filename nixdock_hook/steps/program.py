"""Step `program`: an executable that runs a nixdock command on a recipe.

Spec: shell (path of bash), path [directories for PATH], argv [words], tag.
Output: the script; it passes --tag, then what its user types.
"""

from __future__ import annotations

import os
import shlex

from .attributes import Attributes


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    argv = [*spec["argv"], "--tag", attributes.tag()]
    lines = [
        f"#!{spec['shell']}",
        f"PATH={shlex.quote(':'.join(spec['path']))}${{PATH:+:$PATH}}",
        f'exec {shlex.join(argv)} "$@"',
    ]
    with open(attributes.out, "w") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(attributes.out, 0o755)
