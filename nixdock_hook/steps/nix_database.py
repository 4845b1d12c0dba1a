"""Step `nix-database`: the Nix database of an image, as a root tar.

Graph `closure`: as in `single-layer-image`, without the database itself. PATH has nix-store.
Output: an uncompressed tar with
    nix/var/nix/db/            the database and its schema version: all else that Nix has there it makes again
    nix/var/nix/gcroots/docker/NAME -> /nix/store/NAME, so that nothing in the image is garbage
and with whiteouts for what the base's database left beside itself. It belongs to `owner`, and so does nix/store.
Every store path of the image is registered. What the base holds is registered as there: the same path may be built
twice with different content, and the NAR hash has to be that of the content in the image. A path of the base that
needs one which the image lacks is left out, with a warning on stderr: Nix wants closures.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..documents.fields import ExactFields
from ..images.closure import ImageClosure, ImageContent, image_closure
from ..images.recipe import read_recipe
from ..layers.tar import write_tree
from ..messages import warn
from ..oci.timestamp import checked_mtime
from ..outputs import named_file
from ..scripts.database import after_scripts
from ..store.closure import parse_structured
from ..store.database import DATABASE, SCHEMA, write_database
from ..store.place import STORE, STORE_IN_IMAGE
from ..store.registration import Registrations, closed, gc_roots
from ..trees.merge import merge
from ..trees.overlay import whiteout
from ..trees.tree import Entry, Owner, Tree, entry_of, owner_from_json, parents
from .attributes import Graphs

_GC_ROOTS = "nix/var/nix/gcroots/docker"


@dataclass(frozen=True, slots=True)
class Spec:
    """registration: what `base-registration` made of the base, or None.

    found: the database that scripts found which made the root, see `scripts.database`; or None.
    """

    content: ImageContent
    owner: Owner
    mtime: int
    base: str | None
    registration: str | None
    found: str | None

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            content=ImageContent.take(fields),
            owner=fields.converted("owner", owner_from_json, Owner()),
            mtime=fields.converted("mtime", checked_mtime, 1),
            base=fields.optional_text("base"),
            registration=fields.optional_text("registration"),
            found=fields.optional_text("found"),
        )


@dataclass(frozen=True, slots=True)
class _Base:
    """What the base's store paths are. derivations: store path -> a file with its content."""

    infos: Registrations
    derivations: dict[str, str]
    whiteouts: tuple[str, ...]


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    content, base = spec.content, _read_base(spec.registration)
    closure = image_closure(graphs.get("closure", ()), content)
    infos = _join(closure, base.infos, closure.missing(read_recipe(spec.base) if spec.base else None))
    derivations = {path: base.derivations.get(path, path) for path in infos if path.endswith(".drv")}
    root = os.path.abspath("root")
    os.mkdir(root)
    write_database(infos.values(), root, derivations)
    tree = _tree(root, gc_roots(infos, closure.roots), base.whiteouts)
    if spec.found:
        tree = after_scripts(tree, spec.found, merge(content.root, content.dirlinks))
    with named_file(out) as file:
        write_tree(tree, spec.owner, spec.mtime, file.write)


def _read_base(directory: str | None) -> _Base:
    if directory is None:
        return _Base({}, {}, ())
    value = canonical_json.read_file(f"{directory}/registration.json", most=MOST_OF_OURS)
    names = os.listdir(f"{directory}/derivations")
    derivations = {f"{STORE}/{name}": f"{directory}/derivations/{name}" for name in names}
    return _Base({info.path: info for info in parse_structured(value["paths"])}, derivations, tuple(value["whiteouts"]))


def _join(closure: ImageClosure, base: Registrations, new: Iterable[str]) -> Registrations:
    """All registrations of the image. new: the paths that are in our layers."""
    kept = closed(base, closure.infos)
    if left_out := sorted(base.keys() - kept.keys()):
        text = f"paths of the base image, which need some that the image lacks: {', '.join(left_out)}"
        warn(f"not registered: {text}")
    return {**closure.infos, **kept, **{path: closure.infos[path] for path in new}}


def _tree(root: str, roots: Iterable[str], whiteouts: Iterable[str]) -> Tree:
    tree: Tree = {path.encode(): entry_of(os.fsencode(f"{root}/{path}")) for path in (DATABASE, SCHEMA)}
    for path in roots:
        tree[f"{_GC_ROOTS}/{os.path.basename(path)}".encode()] = Entry("symlink", 0o777, target=path.encode())
    tree |= {whiteout(path.encode()): Entry("file", 0o644) for path in whiteouts}
    directories = {STORE_IN_IMAGE, _GC_ROOTS.encode()}.union(*map(parents, [*tree, _GC_ROOTS.encode()]))
    return tree | dict.fromkeys(directories, Entry("directory", 0o755))
