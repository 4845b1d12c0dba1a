"""Images built by the real Nix and loaded into the real docker, each once in a session."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tests.support.docker import Docker
from tests.support.nix import Image, Nix


@dataclass(frozen=True)
class Loader:
    """Expression of an image → (the image, the reference under which docker has it).

    What is built may be an archive, or a program that streams one.
    """

    nix: Nix
    docker: Docker
    _loaded: dict[str, tuple[Image, str]] = field(default_factory=dict)

    def __call__(self, body: str) -> tuple[Image, str]:
        if body not in self._loaded:
            image = self.nix.image(body)
            streams = os.access(image.archive, os.X_OK)
            load = self.docker.load_stream if streams else self.docker.load
            self._loaded[body] = image, load(image.archive)
        return self._loaded[body]
