"""An image as `inspect`, `diff`, `report` and the SBOM see it, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import TYPE_CHECKING, Any

from ...oci.model import Descriptor, Platform
from ...registries.access import Access

if TYPE_CHECKING:
    from .contents import Contents


class Wanted(Flag):
    """What is to be found out about an image beside its documents; each may take a look at all of its bytes."""

    DOCUMENTS = 0
    PATHS = auto()
    GRAPH = auto()
    FILES = auto()


EVERYTHING = Wanted.PATHS | Wanted.GRAPH | Wanted.FILES


@dataclass(frozen=True, slots=True)
class Choice:
    """Which image is meant where there are several, and how registries are asked.

    image: NAME:TAG of an archive or layout; None for the first.
    """

    architecture: str
    os: str = "linux"
    image: str | None = None
    access: Access = Access()


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """One layer.

    size: bytes of the uncompressed tar; None for one of a registry that was not fetched.
    blob: the layer as it is kept, maybe compressed; None where only its content is known.
    from_base: True where it is one of an image that others made, below the recipe's own.
    """

    diff_id: str
    size: int | None
    created_by: str = ""
    blob: Descriptor | None = None
    from_base: bool = False


@dataclass(frozen=True, slots=True)
class StorePath:
    """A store path in an image.

    path: /nix/store/HASH-NAME, as the image has it.
    layer: its place in the image's layers, from 0; None for one of a base of which not more is known.
    nar_size: bytes of its NAR, as `nix path-info --size` counts them; None where it was not looked at.
    references: the store paths of the image that it mentions, without itself; None where nobody looked.
    nar_hash: `sha256:<base32>` of its NAR; None where nobody looked.
    """

    path: str
    layer: int | None
    nar_size: int | None = None
    references: tuple[str, ...] | None = None
    nar_hash: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An image. Layers: the lowest first.

    source: what was asked for, as it was typed. kind: what that is: "recipe", "docker-archive", "oci-layout",
        "skopeo-directory", "registry".
    manifest: digest of the manifest; of a recipe the one that `nixdock serve` gives. None in a docker-archive.
    config_digest: what docker calls the image's ID, or None where there is no config.
    paths: sorted by path; None where they were not looked for (`Wanted.PATHS`).
    roots: what of the image mentions store paths by itself (`Cmd`, `/etc`, …) → these paths; empty without
        `Wanted.GRAPH`.
    contents: its files (`Wanted.FILES`), readable as long as the block of `open_image` lasts.
    """

    source: str
    kind: str
    name: str
    tag: str | None
    platform: Platform
    created: str | None
    config: Mapping[str, Any]
    layers: tuple[ImageLayer, ...]
    config_digest: str | None = None
    manifest: str | None = None
    index: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[StorePath, ...] | None = None
    roots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contents: Contents | None = None

    @property
    def title(self) -> str:
        """Its name and tag, as far as it has them."""
        return ":".join(filter(None, (self.name, self.tag))) or self.source

    def by_path(self) -> dict[str, StorePath]:
        """Return the store paths by their name."""
        return {path.path: path for path in self.paths or ()}
