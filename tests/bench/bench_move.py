"""`python3 tests/bench/bench_move.py [ROUNDS]`, as root: an image after a one-file change, on its way to where it runs.

An image of 40 layers, at least 300 MB and 10,000 files of this machine's own /usr, of which one small layer changes
before every single run. "Cold" is a machine that never pushed: skopeo finds an empty cache. The archives that
`skopeo copy docker-archive:` and `oci:` read lie ready, uncounted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nixdock_hook.image import Layer  # noqa: E402
from tests.support.command import COMMAND, command_environment  # noqa: E402
from tests.support.docker import Docker, docker_daemon  # noqa: E402
from tests.support.recipes import recipe, recipe_file, store_layer, tree  # noqa: E402
from tests.support.registry import Registry, registry_server  # noqa: E402

BYTES, FILES, LAYERS = 320_000_000, 10_500, 40
_COLD = 'mkdir -p /var/lib/containers/cache; mount -t tmpfs none /var/lib/containers/cache; exec "$@"'
COLD = ("unshare", "--mount", "sh", "-c", _COLD, "sh")
SKOPEO = ("skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false")


@dataclass
class Way:
    """A command for a changed image (its recipe), its times in seconds, and what is made beforehand."""

    name: str
    command: Callable[[Path], tuple[str | Path, ...]]
    prepare: Callable[[Path], object] = lambda stored: None
    registry: Registry | None = None
    times: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def run(self, stored: Path) -> None:
        self.prepare(stored)
        before = self._uploads()
        start = time.perf_counter()
        subprocess.run(self.command(stored), check=True, env=command_environment(), stdout=subprocess.DEVNULL)
        self.times.append(time.perf_counter() - start)
        self.sent.append(self._uploads() - before)

    def _uploads(self) -> int:
        """Blobs that the registry was sent so far, configs included."""
        return len(self.registry.requests("PATCH")) if self.registry else 0


class Images:
    """Recipes that differ in their last layer alone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count()
        self._same: list[Layer] = [store_layer(path) for path in corpus(directory)]
        print(f"{len(self._same) + 1} layers, {sum(layer.size for layer in self._same) / 1e6:.0f} MB")

    def __call__(self) -> Path:
        number = next(self._numbers)
        changed = store_layer(tree(self._directory / f"changed{number}", {"file": str(number) * 100}))
        return recipe_file(self._directory / f"recipe{number}", recipe(*self._same, changed))


def corpus(directory: Path) -> Iterator[Path]:
    """Directories with files of /usr, spread evenly: first small ones until there are enough files, then any."""
    places = [directory / f"path{number}" for number in range(LAYERS)]
    for place in places:
        place.mkdir()
    size = files = 0
    for path in (Path(top, name) for top, _, names in os.walk("/usr") for name in names):
        if not path.is_file() or path.is_symlink() or (files < FILES and path.stat().st_size > 40_000):
            continue
        shutil.copyfile(path, places[files % LAYERS] / f"{files}-{path.name}")
        size, files = size + path.stat().st_size, files + 1
        if size >= BYTES and files >= FILES:
            break
    print(f"{files} files, ", end="")
    yield from places


def compare(title: str, images: Images, theirs: Way, ours: Way, rounds: int) -> None:
    """Run both in turns, each on images of its own; the first round warms up."""
    for _ in range(rounds + 1):
        for way in (theirs, ours):
            way.run(images())
    ratios = sorted(t / o for t, o in zip(theirs.times[1:], ours.times[1:], strict=True))
    blobs = f", blobs sent {ours.sent[-1]} and {theirs.sent[-1]}" if ours.registry else ""
    print(
        f"{title:34} {ours.name} {median(ours.times[1:]):6.2f} s, {theirs.name} {median(theirs.times[1:]):6.2f} s:"
        f" {median(ratios):5.1f}x ({ratios[0]:.1f}-{ratios[-1]:.1f}){blobs}",
        flush=True,
    )


def into_docker(images: Images, docker: Docker, rounds: int) -> None:
    pipe = f'"$@" | docker --host {docker.host} load --quiet'
    theirs = Way("stream | docker load", lambda s: ("sh", "-c", pipe, "sh", *COMMAND, "stream", s, "-t", "theirs:1"))
    ours = Way("nixdock", lambda s: (*COMMAND, "copy", "-q", s, "docker-daemon:ours:1", "--", "--host", docker.host))
    compare("(a) into docker", images, theirs, ours, rounds)


def into_registry(images: Images, registry: Registry, top: Path, rounds: int) -> None:
    archive = top / "archive.tar"

    def write_archive(stored: Path) -> None:
        subprocess.run([*COMMAND, "archive", archive, stored], check=True, env=command_environment())

    def theirs(*before: str) -> Way:
        place = f"docker://{registry.host}/theirs:1"
        return Way("skopeo", lambda _: (*before, *SKOPEO, f"docker-archive:{archive}", place), write_archive, registry)

    def ours(*before: str) -> Way:
        place = f"docker://{registry.host}/ours:1"
        tls = ("--", "--dest-tls-verify=false")
        return Way("nixdock", lambda s: (*before, *COMMAND, "copy", "-q", s, place, *tls), registry=registry)

    for title, before in (("(b) into a registry, caches warm", ()), ("(c) into a registry, caches cold", COLD)):
        compare(title, images, theirs(*before), ours(*before), rounds)


def everything(images: Images, registry: Registry, top: Path, rounds: int) -> None:
    layout, numbers = top / "layout", count()

    def write_layout(stored: Path) -> None:
        shutil.rmtree(layout, ignore_errors=True)
        command = [*COMMAND, "archive", "--format", "oci", layout, stored]
        subprocess.run(command, check=True, env=command_environment())

    def place(whose: str) -> str:
        return f"docker://{registry.host}/{whose}-{next(numbers)}:1"

    ready = Way("skopeo, layout ready", lambda _: (*COLD, *SKOPEO, f"oci:{layout}:1", place("full")), write_layout)
    ours = Way("nixdock", lambda s: (*COLD, *COMMAND, "copy", "-q", s, place("all"), "--", "--dest-tls-verify=false"))
    archive = top / "archive.tar"
    plain = Way("skopeo, archive", lambda _: (*COLD, *SKOPEO, f"docker-archive:{archive}", place("plain")))
    compare("(d) a first push, cold", images, ready, ours, rounds)
    ours.times.clear()
    compare("(e) a first push, cold", images, plain, ours, rounds)


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory(prefix="nixdock-bench-") as name:
        top = Path(name)
        (top / "registry").mkdir()
        images = Images(top)
        with docker_daemon() as docker:
            into_docker(images, docker, rounds)
        with registry_server(top / "registry") as registry:
            into_registry(images, registry, top, rounds)
            everything(images, registry, top, 2)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
