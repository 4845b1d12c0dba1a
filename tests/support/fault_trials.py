"""The commands that `faults` disturbs, on images made for it."""

from __future__ import annotations

import random
from pathlib import Path

from .docker import Docker
from .faults import Place, Trial, digest_of_tree
from .recipes import recipe, recipe_file, store_layer
from .registry import Registry

_LAYERS, _SIZE = 3, 1 << 20


def image(directory: Path, name: str = "app") -> Path:
    """A recipe of layers that take some tenths of a second to write, and more to compress."""
    numbers = random.Random(name)
    places = []
    for number in range(_LAYERS):
        place = directory / f"{name}-path-{number}"
        place.mkdir(parents=True)
        for part in range(8):
            (place / f"file{part}").write_bytes(numbers.randbytes(_SIZE // 16) + bytes(_SIZE // 16))
        places.append(place)
    return recipe_file(directory / f"{name}-recipe", recipe(*map(store_layer, places), name=name))


def target(place: Place) -> str:
    return digest_of_tree(place.out / "target")


def old_file(place: Place) -> None:
    (place.out / "target").write_text("old")


def file_trials(stored: Path) -> list[Trial]:
    """Those that need no server."""
    return [
        Trial("stream", lambda _: ["stream", stored], lambda _: ""),
        Trial("archive", lambda place: ["archive", stored, place.out / "target"], target, old_file),
        Trial("archive-gz", lambda place: ["archive", "--compressor=gz", stored, place.out / "target"], target),
        Trial("archive-zstd", lambda place: ["archive", "--compressor=zstd", stored, place.out / "target"], target),
        Trial("layout", lambda place: ["archive", "--format=oci", stored, place.out / "target"], target),
        Trial("copy-oci", lambda place: ["copy", stored, f"oci:{place.out}/target:1"], target),
        Trial("copy-archive", lambda place: ["copy", stored, f"docker-archive:{place.out}/target:app:1"], target),
        Trial("copy-oci-archive", lambda place: ["copy", stored, f"oci-archive:{place.out}/target"], names_alone),
        Trial("serve", lambda _: ["serve", stored], lambda _: "", ends_by_itself=False),
    ]


def names_alone(place: Place) -> str:
    """For a tar that holds times: whether its end is there."""
    path = place.out / "target"
    return "whole" if path.exists() and path.read_bytes().endswith(bytes(1024)) else "none" if not path.exists() else ""


def registry_trials(stored: Path, registry: Registry) -> list[Trial]:
    """Those that ask a registry, which has `theirs:1`."""
    reference = f"{registry.host}/theirs:1"
    access = ("--tls-verify=false",)
    fetched = f"{registry.host}/theirs"
    count = iter(range(1 << 30))

    def destination(_: Place) -> list[str | Path]:
        return ["copy", stored, f"docker://{registry.host}/new{next(count)}:1"]

    return [
        Trial("copy-registry", destination, lambda _: ""),
        Trial("lock", lambda _: ["lock", reference, "--arch=amd64", *access], lambda _: ""),
        Trial(
            "lock-update",
            lambda place: ["lock", reference, "--update", place.out / "target", "--arch=amd64", *access],
            target,
            lambda place: _old_lock(place, reference),
        ),
        Trial("prefetch", lambda _: ["prefetch", fetched, "1", "--arch=amd64", *access], lambda _: ""),
    ]


def docker_trial(stored: Path, docker: Docker) -> Trial:
    """A copy into docker, which keeps no name under which it pulled. Each one begins without the image."""

    def names(_: Place) -> str:
        # Sorted: docker orders images by their date, which is the same for all of ours.
        return " ".join(sorted({*docker("images", "--format", "{{.Repository}}").split()} - {"app"}))

    def forget(_: Place) -> None:
        if docker("images", "--quiet", "app"):
            docker("image", "rm", "app:1")

    words = ("copy", stored, "docker-daemon:", "--", "--host", docker.host)
    return Trial("copy-docker", lambda _: words, names, forget)


def _old_lock(place: Place, reference: str) -> None:
    """A lock of another image, written by the code under test."""
    from nixdock_hook.oci.model import Platform
    from nixdock_hook.registries.lock import Lock

    (place.out / "target").write_text(Lock(reference, Platform("amd64", "linux"), None, "{}").to_text())
