"""The components of an image: for each store path what its expression, its derivation or its name says it is."""

from __future__ import annotations

from collections.abc import Mapping

from ..opened.graph import config_roots
from ..opened.packages import package_of
from .build_facts import BuildFacts
from .model import Bill, Component, DescribedImage, PlacedPath
from .package_meta import PackageMeta

Meta = Mapping[str, tuple[str, PackageMeta]]
"""Store path → the output that it is, and its package."""


def bill_of(image: DescribedImage, meta: Meta, facts: Mapping[str, BuildFacts]) -> Bill:
    """Say what is in an image. meta, facts: what is known of store paths, in it or not."""
    components = tuple(
        _component(placed, *(None, None) if placed.is_claimed else (meta.get(placed.path), facts.get(placed.path)))
        for placed in image.paths
    )
    return Bill(image, components, _top(image))


def _component(placed: PlacedPath, stated: tuple[str, PackageMeta] | None, facts: BuildFacts | None) -> Component:
    sources, patches = (facts.sources, facts.patches) if facts else ((), ())
    if stated:
        output, meta = stated
        return Component(placed, "meta", meta.name, meta.version, output, meta, sources, patches)
    if facts:
        return Component(placed, "drv", facts.name, facts.version, facts.output, sources=sources, patches=patches)
    package = package_of(placed.path)
    return Component(placed, "name", package.name, package.version, package.output or "out")


def _top(image: DescribedImage) -> tuple[str, ...]:
    """What the config mentions, what is copied to `/`, and what no other path refers to."""
    referred = {reference for placed in image.paths for reference in placed.references or ()}
    top = {placed.path for placed in image.paths if placed.is_copied or placed.path not in referred}
    names = [placed.path for placed in image.paths]
    return tuple(sorted(top.union(*config_roots(image.config, names).values())))
