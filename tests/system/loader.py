"""Images built by the real Nix and loaded into the real docker, each once in a session."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.docker import Docker
from tests.support.nix import Image, Nix


@dataclass(frozen=True)
class Loader:
    """Expression of an image → (the image, the reference under which docker has it)."""

    nix: Nix
    docker: Docker
    _loaded: dict[str, tuple[Image, str]] = field(default_factory=dict)

    def __call__(self, body: str) -> tuple[Image, str]:
        if body not in self._loaded:
            image = self.nix.image(body)
            self._loaded[body] = image, self.docker.load(image.archive)
        return self._loaded[body]
