"""Step `image-sbom`: the bill of materials that an image holds itself, as a root tar; it is made before the layers.

Graphs: `closure`, as in `single-layer-image`, without the bill itself; `base` of the base's recipe.
Output: an uncompressed tar with the document at `place`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from ..documents.fields import ExactFields
from ..images.closure import ImageContent, image_closure
from ..images.new_image import read_config
from ..images.recipe import read_recipe
from ..insight.sbom.cyclonedx import cyclonedx
from ..insight.sbom.described import described_plan
from ..insight.sbom.known import Known
from ..layers.tar import write_tree
from ..oci.timestamp import checked_mtime
from ..outputs import named_file
from ..trees.tree import Entry, Owner, Tree, entry_of, owner_from_json, parents
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """name, tag: the image's. place: relative to `/`."""

    name: str
    tag: str | None
    place: str
    content: ImageContent
    base: str | None
    owner: Owner
    mtime: int
    known: Known

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            name=fields.text("name"),
            tag=fields.optional_text("tag"),
            place=fields.text("place"),
            content=ImageContent.take(fields),
            base=fields.optional_text("base"),
            owner=fields.converted("owner", owner_from_json, Owner()),
            mtime=fields.converted("mtime", checked_mtime, 1),
            known=Known.take(fields),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    base = read_recipe(spec.base) if spec.base else None
    config = {**(base.config if base else {}), **read_config(spec.content.config)}
    own = image_closure(graphs.get("closure", ()), spec.content).infos
    below = {info.path: info for info in graphs.get("base", ())}
    image = described_plan(spec.name, spec.tag, config, own, base, below, spec.known.copied)
    tree = _tree(cyclonedx(spec.known.bill(image)), spec.place.encode())
    with named_file(out) as file:
        write_tree(tree, spec.owner, spec.mtime, file.write)


def _tree(document: bytes, place: bytes) -> Tree:
    with named_file("document") as file:
        file.write(document)
    directories = dict.fromkeys(parents(place), Entry("directory", 0o755))
    return {**directories, place: replace(entry_of(b"document"), mode=0o644)}
