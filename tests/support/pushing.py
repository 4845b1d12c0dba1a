"""`nixdock copy` into a registry, as tests call it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from .command import COMMAND, command_environment
from .skopeo import WITHOUT_MEMORY
from .tools import need, need_root

TLS = "--dest-tls-verify=false"
"""What skopeo has to be told of the tests' registries, behind "--"."""
WITH_SKOPEO = ("--with", "skopeo", "--tls-verify=false")


def pushed(recipe: Path, destination: str, *options: str, status: int = 0) -> str:
    """Run `nixdock copy` as on a machine that never pushed anything; returns what it says."""
    need_root("an empty cache for skopeo")
    need(WITHOUT_MEMORY[0])
    done = subprocess.run(
        [*WITHOUT_MEMORY, *COMMAND, "copy", recipe, destination, *options],
        env=command_environment(),
        capture_output=True,
        check=False,
    )
    messages = done.stderr.decode()
    assert done.returncode == status, messages
    said = done.stdout.decode()
    assert re.fullmatch(r"(\S+:\S+@sha256:[0-9a-f]{64}\n)?", said), said
    assert bool(said) == (status == 0 and destination.startswith("docker://")), said
    return messages
