"""What a bill of materials says, before it is written in one of its formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .build_facts import Patch, Source
from .package_meta import PackageMeta


@dataclass(frozen=True, slots=True)
class PlacedPath:
    """A store path whose content is in an image.

    layer: the diff ID of the layer that holds it; None where that is not known.
    references: the other store paths of the image that it mentions; None where nobody looked.
    is_copied: its content is at `/` of the image; it need not be at its own place, too.
    is_claimed: only the name says that it is this path: a base from elsewhere has it, and nobody compared its content.
    """

    path: str
    layer: str | None = None
    nar_hash: str | None = None
    nar_size: int | None = None
    references: tuple[str, ...] | None = None
    is_copied: bool = False
    is_claimed: bool = False


@dataclass(frozen=True, slots=True)
class DescribedImage:
    """An image, and what is in it.

    paths: sorted, each once. layers: diff IDs, the lowest first; () where they are not known yet.
    is_based: whether it has layers from elsewhere, in which there may be more than store paths.
    phase: CycloneDX's word for the moment of which this tells, "build" or "post-build".
    """

    name: str
    tag: str | None
    created: str
    config: Mapping[str, Any]
    paths: tuple[PlacedPath, ...]
    layers: tuple[str, ...] = ()
    config_digest: str | None = None
    is_based: bool = False
    phase: str = "build"


@dataclass(frozen=True, slots=True)
class Component:
    """A store path of an image, and what is known about it.

    source: "meta" (Nix's expression says what it is), "drv" (its derivation), "name" (its name alone).
    name, version, output: of the package; version is "" where there is none.
    """

    placed: PlacedPath
    source: str
    name: str
    version: str
    output: str
    meta: PackageMeta = field(default_factory=PackageMeta)
    sources: tuple[Source, ...] = ()
    patches: tuple[Patch, ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of materials. top: the paths that the image begins with: all others are among what they lead to."""

    image: DescribedImage
    components: tuple[Component, ...]
    top: tuple[str, ...]
