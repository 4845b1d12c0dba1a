"""Images with store paths that no Nix ever knew, as docker-archives: small, and the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nixdock_hook.insight.opened.model import EVERYTHING, Choice, OpenedImage, Wanted
from nixdock_hook.insight.opened.opening import open_image

from . import images

GLIBC = f"/nix/store/{'g' * 32}-glibc-2.39"
READLINE = f"/nix/store/{'r' * 32}-readline-8.2"
BASH = f"/nix/store/{'b' * 32}-bash-5.2.26"
HELLO = f"/nix/store/{'h' * 32}-hello-2.12.1"
STRAY = f"/nix/store/{'s' * 32}-stray-1"

REFERENCES = {
    GLIBC: (),
    READLINE: (GLIBC,),
    BASH: (GLIBC, READLINE),
    HELLO: (BASH, GLIBC),
}


def store_files(path: str, *references: str, content: bytes = b"") -> dict[str, bytes | str | None]:
    """A store path with one program, which mentions others."""
    text = content + b"".join(reference.encode() + b"\n" for reference in references)
    top = path.removeprefix("/")
    return {top: None, f"{top}/bin": None, f"{top}/bin/program": text}


def nix_layers(references: Mapping[str, tuple[str, ...]] = REFERENCES, **more: bytes | str | None) -> list[bytes]:
    """A layer for each store path, and one with `more` files, whose names have __ for each slash."""
    layers = [images.layer(store_files(path, *mentioned)) for path, mentioned in references.items()]
    files = {name.replace("__", "/"): content for name, content in more.items()}
    return [*layers, images.layer(files)] if files else layers


def nix_archive(path: Path, config: Mapping[str, Any] | None = None, **more: Any) -> Path:
    """Write an archive of these store paths; its command is HELLO's."""
    return images.docker_archive(path, nix_layers(**more), config=config or {"Cmd": [f"{HELLO}/bin/program"]})


@contextmanager
def opened(word: Path | str, wanted: Wanted = EVERYTHING, **choice: Any) -> Iterator[OpenedImage]:
    """Open an image of amd64."""
    with open_image(str(word), wanted, Choice("amd64", **choice)) as image:
        yield image
