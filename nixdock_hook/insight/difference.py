"""What is different between two images: packages, layers, config, and what has to move to get from one to the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import InvalidInput
from .file_changes import FileChange, file_changes
from .opened.model import ImageLayer, OpenedImage, StorePath
from .opened.packages import package_of, version_key

Change = Literal["added", "removed", "upgraded", "downgraded", "changed", "rebuilt"]
CHANGES: tuple[Change, ...] = ("added", "removed", "upgraded", "downgraded", "changed", "rebuilt")


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package of which the two images have other store paths.

    before, after: its versions in each, sorted; one in several outputs comes once, and "" is one without a version.
    change: "changed" where several versions make it neither up nor down; "rebuilt" where they are the same.
    size_before, size_after: NAR bytes of all of its store paths, as far as they are known.
    """

    name: str
    change: Change
    before: tuple[str, ...]
    after: tuple[str, ...]
    size_before: int
    size_after: int


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A part of the config, `Cmd` or `Env.PATH`, that is another one; None where an image has none."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Move:
    """Layers that have to move.

    size: bytes of their tars, which `copyToDockerDaemon` and `copyToPodman` move. compressed: bytes as a registry has
    them; None where one is not compressed yet. None for `size` likewise where one was not fetched.
    """

    layers: int
    size: int | None
    compressed: int | None

    @classmethod
    def of(cls, layers: Iterable[ImageLayer]) -> Move:
        """Count each layer once, however often it occurs."""
        once = list({layer.diff_id: layer for layer in layers}.values())
        sizes = [layer.size for layer in once]
        blobs = [layer.blob for layer in once]
        return cls(
            len(once),
            None if None in sizes else sum(size for size in sizes if size is not None),
            None if None in blobs else sum(blob.size for blob in blobs if blob),
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different in `after`.

    kept: layers of both; added, removed: layers of one, the lowest first.
    push: what a registry that has `before` lacks, and podman and containerd too, which keep layers one by one.
    docker_pull: what Docker's own store lacks: it knows a layer only on top of the very layers below it, so all from
        the first new one on (moby, distribution/xfer/download.go).
    files: None where they were not wanted.
    """

    before: OpenedImage
    after: OpenedImage
    packages: tuple[PackageChange, ...]
    kept: tuple[ImageLayer, ...]
    added: tuple[ImageLayer, ...]
    removed: tuple[ImageLayer, ...]
    config: tuple[ConfigChange, ...]
    push: Move
    docker_pull: Move
    files: tuple[FileChange, ...] | None = None


def compare(before: OpenedImage, after: OpenedImage, files: bool = False) -> Difference:
    """Compare two images, opened with `Wanted.PATHS` and, for their `files`, `Wanted.FILES`.

    Raises InvalidInput for two that have nothing in common: neither a layer, nor a package, nor the name.
    """
    theirs, ours = ({layer.diff_id for layer in image.layers} for image in (before, after))
    packages = [_packages(image) for image in (before, after)]
    name, other = (image.name.rpartition("/")[2] for image in (before, after))
    if not (theirs & ours or packages[0].keys() & packages[1].keys() or name == other):
        remedy = "name two versions of one image"
        raise InvalidInput("two images without a common layer or package", f"{before.title} and {after.title}", remedy)
    added = tuple(layer for layer in after.layers if layer.diff_id not in theirs)
    return Difference(
        before,
        after,
        _package_changes(*packages),
        kept=tuple(layer for layer in after.layers if layer.diff_id in theirs),
        added=added,
        removed=tuple(layer for layer in before.layers if layer.diff_id not in ours),
        config=_config_changes(before, after),
        push=Move.of(added),
        docker_pull=Move.of(after.layers[_common_chain(before, after) :]),
        files=file_changes(before, after) if files else None,
    )


def _packages(image: OpenedImage) -> dict[str, list[StorePath]]:
    """Name → the store paths of the package."""
    found: defaultdict[str, list[StorePath]] = defaultdict(list)
    for path in image.paths or ():
        found[package_of(path.path).name].append(path)
    return found


def _package_changes(
    before: Mapping[str, Sequence[StorePath]], after: Mapping[str, Sequence[StorePath]]
) -> tuple[PackageChange, ...]:
    changes = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, ()), after.get(name, ())
        if {path.path for path in old} == {path.path for path in new}:
            continue
        versions = _versions(old), _versions(new)
        sizes = (sum(path.nar_size or 0 for path in paths) for paths in (old, new))
        changes.append(PackageChange(name, _change(*versions), *versions, *sizes))
    return tuple(changes)


def _versions(paths: Iterable[StorePath]) -> tuple[str, ...]:
    return tuple(sorted({package_of(path.path).version for path in paths}, key=version_key))


def _change(before: Sequence[str], after: Sequence[str]) -> Change:
    if not before or not after:
        return "added" if after else "removed"
    if before == after:
        return "rebuilt"
    if len(before) != 1 or len(after) != 1:
        return "changed"
    return "upgraded" if version_key(before[0]) < version_key(after[0]) else "downgraded"


def _config_changes(before: OpenedImage, after: OpenedImage) -> tuple[ConfigChange, ...]:
    old, new = _parts(before), _parts(after)
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return tuple(ConfigChange(key, old.get(key), new.get(key)) for key in keys)


def _parts(image: OpenedImage) -> dict[str, Any]:
    """The config, with each variable, label, volume and port by itself, and the platform."""
    parts: dict[str, Any] = {"platform": str(image.platform)}
    for key, value in image.config.items():
        if key == "Env" and isinstance(value, list):
            parts |= {f"Env.{name}": text for name, _, text in (str(entry).partition("=") for entry in value)}
        elif isinstance(value, dict):
            parts |= {f"{key}.{name}": item for name, item in value.items()}
        elif value not in (None, [], ""):
            parts[key] = value
    return parts


def _common_chain(before: OpenedImage, after: OpenedImage) -> int:
    """How many layers, from the lowest on, are the same."""
    pairs = zip(before.layers, after.layers, strict=False)
    return next(
        (number for number, (old, new) in enumerate(pairs) if old.diff_id != new.diff_id),
        min(len(before.layers), len(after.layers)),
    )
