"""The union of several root trees at `/`, with what dockerTools makes of symlinks to directories."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, get_args

from ..errors import InvalidInput
from ..store.place import STORE_IN_IMAGE
from .tree import Entry, Tree, joined, parents, read_root, resolved, sorted_entries
from .whiteouts import check_names

_MADE_BY_RUNTIMES = (b"etc",)
"""Directories that docker puts files of its own into, whatever is there."""

Dirlinks = Literal["conflict", "expand", "keep", "link", "unfold"]
"""What a symlink to a directory in a root becomes, see `merge`."""
DIRLINKS: tuple[Dirlinks, ...] = get_args(Dirlinks)


def merge(roots: Sequence[str], dirlinks: Dirlinks = "conflict") -> Tree:
    """Return the union of several roots at `/`; of two entries with one path the later root's wins.

    roots: directories, or uncompressed tars that `layers.tar` wrote.
    dirlinks: what a symlink to a directory becomes (rsync's -k and -K, as dockerTools has them):
        "conflict"  a directory where another root has a directory of that name, else it stays a symlink;
        "expand"    always a directory: a base image is below, whose directory it would hide
                    (but it stays one where it leads to a directory that it is in);
        "keep"      it stays, and what later roots have in a directory of that name is written through it;
        "link"      as "conflict", but files become symlinks to where they are, and the first root wins (lndir);
                    /etc is always a directory: a runtime would hide what a link of that name leads to;
        "unfold"    as "link", but a symlink to a directory is always one, for scripts.
    Raises InvalidInput where a path is a directory in one root and a file in another.
    Raises InvalidInput for a name that a layer cannot have (`.whiteouts`), where no script made it.
    """
    union = _merged(roots, dirlinks)
    check_names(union.items())
    return union


def _merged(roots: Sequence[str], dirlinks: Dirlinks) -> Tree:
    if dirlinks in ("link", "unfold"):
        always = dirlinks == "unfold"
        union = _union(roots[::-1], _expanded(roots[::-1], lambda path: always or path in _MADE_BY_RUNTIMES))
        check_names(union.items())  # here, where an entry still knows its file
        return {path: _linked(path, entry) for path, entry in union.items()}
    if dirlinks == "keep":
        return _union(roots, map(read_root, roots), _through_links)
    return _union(roots, _expanded(roots, lambda _: dirlinks == "expand"))


def _union(
    roots: Sequence[str],
    trees: Iterable[Tree],
    place_of: Callable[[Tree, bytes, Entry], bytes] = lambda _union, path, _entry: path,
) -> Tree:
    """The trees of some roots, one over the other. place_of: where an entry goes in what there is of the union."""
    union: Tree = {}
    brought_by: dict[bytes, str] = {}
    for root, tree in zip(roots, trees, strict=True):
        for path, entry in sorted_entries(tree):
            put = place_of(union, path, entry)
            if put in union and _clash(union[put], entry):
                kinds = "a directory in one and a file in the other"
                what = f"/{os.fsdecode(put)} of {brought_by[put]} and of {root} is {kinds}"
                raise InvalidInput(what, "copyToRoot or contents", "leave one of them out, or rename it there")
            place(union, put, entry)
            brought_by[put] = root
    return union


def _clash(one: Entry, other: Entry) -> bool:
    """Whether one is a directory and the other a file, or a symlink to one."""
    if "directory" not in (one.kind, other.kind):
        return False
    return any(entry.kind == "file" or _is_link_to_file(entry) for entry in (one, other))


def _is_link_to_file(entry: Entry) -> bool:
    """Whether an entry of a directory here is such a symlink; where those of a root tar lead cannot be told."""
    return entry.kind == "symlink" and not entry.is_recorded and os.path.isfile(entry.origin[0])


def _expanded(roots: Sequence[str], always: Callable[[bytes], bool]) -> list[Tree]:
    """The roots, each symlink to a directory read as that directory where it has to be.

    always: whether a path has to be one even where no other root has it.
    An expanded symlink may bring directories that turn further symlinks into conflicts: repeat until none is left.
    """
    expand: set[bytes] = set()
    while True:
        trees = [read_root(root, expand) for root in roots]
        directories = {path for tree in trees for path, entry in tree.items() if entry.kind == "directory"}
        found = {
            path
            for root, tree in zip(roots, trees, strict=True)
            for path, entry in tree.items()
            if entry.kind == "symlink"
            and (always(path) or path in directories)
            and _is_dirlink(root, path, entry)
            and (path in directories or not _leads_up(root, path))
        }
        if not found:
            return trees
        expand |= found


def _is_dirlink(root: str, path: bytes, entry: Entry) -> bool:
    """Whether a symlink of a root leads to a directory; one that leads out of the store depends on the machine."""
    if entry.target.startswith(b"/") and not _is_in_store(entry.target[1:]):
        return False
    top = os.fsencode(os.path.realpath(root))
    link = os.path.join(top, path)
    if not os.path.isdir(link):
        return False
    found, beside = os.path.realpath(link), os.path.dirname(top) + b"/"  # for a root in the store that is the store
    return found.startswith(beside) or _is_in_store(found[1:])


def _leads_up(root: str, path: bytes) -> bool:
    """Whether a symlink leads to a directory that it is in, and so would be expanded without end (ncurses -> .)."""
    top = os.fsencode(root)
    above = {os.path.realpath(os.path.join(top, directory)) for directory in (b"", *parents(path))}
    return os.path.realpath(os.path.join(top, path)) in above


def place(union: Tree, path: bytes, entry: Entry) -> None:
    """Put an entry over what is there: a directory joins a directory, everything else replaces."""
    before = union.get(path)
    if before is not None and before.kind == "directory" and entry.kind != "directory":
        for below in [name for name in union if name.startswith(path + b"/")]:
            del union[below]
    union[path] = entry


def _linked(path: bytes, entry: Entry) -> Entry:
    """The entry for a tree of links: a directory, or a symlink; what a root tar recorded stays as it is.

    A symlink is copied where its target is absolute or moves with it, else it would lead astray: it is linked to.
    """
    if entry.is_recorded:
        return entry
    if entry.kind == "directory":
        return Entry("directory", 0o755)
    origin = entry.origin[0]
    if entry.kind == "symlink":
        top = origin.removesuffix(b"/" + path)
        inside = os.path.normpath(origin.rpartition(b"/")[0] + b"/" + entry.target).startswith(top + b"/")
        if entry.target.startswith(b"/") or inside:
            return entry
    return Entry("symlink", 0o777, target=origin)


def _through_links(union: Tree, path: bytes, entry: Entry) -> bytes:
    """Where an entry goes when symlinks to directories that are already there are kept (rsync -K)."""
    parent, _, name = path.rpartition(b"/")
    place = joined(resolved(union, parent, "copyToRoot"), name)
    if entry.kind == "directory":
        target = resolved(union, place, "copyToRoot")
        if _is_in_store(target) or (target in union and union[target].kind == "directory"):
            place = target
    if _is_in_store(place) and not path.startswith(b"nix/"):
        what = f"/{os.fsdecode(path)} would be written through a symlink into /{os.fsdecode(place)}"
        raise InvalidInput(what, "copyToRoot", "put the real directory first, or leave keepContentsDirlinks false")
    return place


def _is_in_store(path: bytes) -> bool:
    return path.startswith(STORE_IN_IMAGE + b"/")
