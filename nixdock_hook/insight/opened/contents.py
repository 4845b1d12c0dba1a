"""The files of an image: what each layer adds, and what a container sees in the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...images.base_store import StoreContent
from ...images.root_file_system import RootFileSystem
from ...layers.members import LayerMembers, Member
from ...layers.source import Layer
from ...store.nar import BARE_NAR_SIZE, DIRECTORY_NAR_SIZE, entry_nar_size, file_nar_size, symlink_nar_size
from ...trees.tree import Entry, Tree

_STORE = b"nix/store/"


@dataclass(frozen=True, slots=True)
class LayerFiles:
    """How much a layer has outside of store paths: files (of any kind but directories), and their bytes."""

    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """Files of an image.

    tree: what a container sees. layer_of: /nix/store/NAME → the number, from 0, of the topmost layer with a part of it.
    others: for each layer what it has beside store paths.
    store: the store paths of the tree, and what Nix would find out about them by reading them.
    """

    tree: Tree
    layer_of: Mapping[str, int]
    others: tuple[LayerFiles, ...]
    store: StoreContent

    def nar_sizes(self) -> dict[str, int]:
        """Return the bytes that the NAR of each store path has; nothing is read for it."""
        known = set(self.store.paths)
        sizes: dict[str, int] = {}
        for path, entry in self.tree.items():
            top, below = split_path(path)
            if top in known:
                own = _nar_size(entry) + (entry_nar_size(below.rpartition(b"/")[2]) if below else 0)
                sizes[top] = sizes.get(top, BARE_NAR_SIZE) + own
        return sizes


def read_contents(layers: Sequence[Layer], members: LayerMembers) -> Contents:
    """Read what layers hold, the lowest first. Raises what `LayerMembers.of` and `RootFileSystem.apply` do."""
    root, layer_of, others = RootFileSystem(), dict[str, int](), list[LayerFiles]()
    for number, layer in enumerate(layers):
        found = list(members.of(layer.source, (layer.diff_id, layer.size)))
        root.apply(found, layer.where())
        others.append(_note(found, number, layer_of))
    tree = root.tree()
    return Contents(tree, layer_of, tuple(others), StoreContent(tree))


def _note(found: Iterable[Member], number: int, layer_of: dict[str, int]) -> LayerFiles:
    """Note which store paths a layer has a part of, and count what else it has."""
    count = size = 0
    for path, member in found:
        top, _ = split_path(path)
        if top:
            layer_of[top] = number
        elif not isinstance(member, Entry):
            count += 1
        elif member.kind != "directory":
            count += 1
            size += member.size
    return LayerFiles(count, size)


def split_path(path: bytes) -> tuple[str, bytes]:
    """Return /nix/store/NAME that a path of an image is at or below ("" for others), and the rest of it."""
    if not path.startswith(_STORE):
        return "", path
    name, _, below = path.removeprefix(_STORE).partition(b"/")
    return f"/nix/store/{name.decode(errors='replace')}", below


def _nar_size(entry: Entry) -> int:
    match entry.kind:
        case "directory":
            return DIRECTORY_NAR_SIZE
        case "symlink":
            return symlink_nar_size(entry.target)
        case _:
            return file_nar_size(bool(entry.mode & 0o100), entry.size)
