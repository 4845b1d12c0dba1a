"""`python3 tests/bench/bench_move.py [ROUNDS [MEGABYTES]]`, as root: an image after a one-file change, on its way.

An image of 40 layers, of files of this machine's own /usr: at least 10,000, and 320 MB unless told otherwise. One small
layer more changes before every single run. "Cold" is a machine that never pushed: skopeo finds an empty cache. The
archives that `skopeo copy docker-archive:` and `oci:` read lie ready, uncounted. Bytes are those over the loopback, so
what skopeo takes from nixdock's own registry is counted, too; into docker's socket goes the whole archive.
"with skopeo" is `nixdock copy --with skopeo`: as nixdock pushed before it had a client of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nixdock_hook.layers.source import Layer  # noqa: E402
from tests.support.command import PROGRAM, command_environment  # noqa: E402
from tests.support.docker import Docker, docker_daemon  # noqa: E402
from tests.support.pushing import TLS, WITH_SKOPEO  # noqa: E402
from tests.support.recipes import recipe, recipe_file, store_layer, tree  # noqa: E402
from tests.support.registry import Registry, registry_server  # noqa: E402
from tests.support.skopeo import WITHOUT_MEMORY as COLD  # noqa: E402
from tests.support.tools import SYSTEM_PATH  # noqa: E402

FILES, LAYERS = 10_500, 40
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")
NIXDOCK = (sys.executable, "-S", "-c", PROGRAM)  # as IMAGE.copyTo… starts it
ENVIRONMENT = command_environment(PATH=f"{SYSTEM_PATH}:{os.environ['PATH']}")
SKOPEO = ("skopeo", "--insecure-policy", "copy", "--quiet", TLS)


@dataclass
class Way:
    """A command for a changed image (its recipe), its times in seconds, and what is made beforehand."""

    name: str
    command: Callable[[Path], tuple[str | Path, ...]]
    prepare: Callable[[Path], object] = lambda stored: None
    registry: Registry | None = None
    times: list[float] = field(default_factory=list)
    uploads: int = 0
    moved: int = 0

    def run(self, stored: Path) -> None:
        self.prepare(stored)
        os.sync()  # what the run before left to be written is not this one's
        uploads, moved, start = self._uploads(), int(LOOPBACK.read_text()), time.perf_counter()
        subprocess.run(self.command(stored), check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        self.times.append(time.perf_counter() - start)
        self.uploads, self.moved = self._uploads() - uploads, int(LOOPBACK.read_text()) - moved

    def _uploads(self) -> int:
        return self.registry.uploads() if self.registry else 0

    def __str__(self) -> str:
        """What it took, the first run left out: it warms up."""
        blobs = f"{self.uploads} blobs, " if self.registry else ""
        return f"{self.name} {median(self.times[1:]):.2f} s ({blobs}{self.moved / 1e6:.2f} MB)"


class Images:
    """Recipes that differ in their last layer alone."""

    def __init__(self, directory: Path, size: int) -> None:
        self._directory = directory
        self._numbers = count()
        self._same: list[Layer] = [store_layer(path) for path in corpus(directory, size)]
        print(f"{len(self._same) + 1} layers, {sum(layer.size for layer in self._same) / 1e6:.0f} MB")

    def __call__(self) -> Path:
        number = next(self._numbers)
        changed = store_layer(tree(self._directory / f"changed{number}", {"file": str(number) * 100}))
        return recipe_file(self._directory / f"recipe{number}", recipe(*self._same, changed))


def corpus(directory: Path, least: int) -> Iterator[Path]:
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
        if size >= least and files >= FILES:
            break
    print(f"{files} files, ", end="")
    yield from places


def compare(title: str, images: Images, theirs: Way, ours: Way, rounds: int) -> None:
    """Run both in turns, each on images of its own; the first round warms up."""
    for _ in range(rounds + 1):
        for way in (theirs, ours):
            way.run(images())
    ratios = sorted(t / o for t, o in zip(theirs.times[1:], ours.times[1:], strict=True))
    print(f"{title:33} {ours}, {theirs}: {median(ratios):.1f}x ({ratios[0]:.1f}-{ratios[-1]:.1f})", flush=True)


def into_docker(images: Images, docker: Docker, rounds: int) -> None:
    pipe = f'"$@" | docker --host {docker.host} load --quiet'
    theirs = Way("stream | docker load", lambda s: ("sh", "-c", pipe, "sh", *NIXDOCK, "stream", s, "-t", "theirs:1"))
    ours = Way("nixdock", lambda s: (*NIXDOCK, "copy", "-q", s, "docker-daemon:ours:1", "--", "--host", docker.host))
    compare("(a) into docker", images, theirs, ours, rounds)


def into_registry(images: Images, registry: Registry, top: Path, rounds: int) -> None:
    archive = top / "archive.tar"

    def write_archive(stored: Path) -> None:
        subprocess.run([*NIXDOCK, "archive", stored, archive], check=True, env=ENVIRONMENT)

    def theirs(*before: str) -> Way:
        place = f"docker://{registry.host}/theirs:1"
        return Way("skopeo", lambda _: (*before, *SKOPEO, f"docker-archive:{archive}", place), write_archive, registry)

    def ours(*before: str, options: tuple[str, ...] = (), same: Path | None = None) -> Way:
        place = f"docker://{registry.host}/ours{len(options)}:{1 if same is None else 2}"
        name = "with skopeo" if options else "nixdock"
        return Way(name, lambda s: (*before, *NIXDOCK, "copy", "-q", same or s, place, *options), registry=registry)

    same = images()
    for title, before in (
        ("(b) into a registry, caches warm", ()),
        ("(c) into a registry, caches cold", COLD),
    ):
        compare(title, images, theirs(*before), ours(*before), rounds)
        compare(title, images, ours(*before, options=WITH_SKOPEO), ours(*before), rounds)
        again = f"(e) the same again{title[21:]}"
        compare(again, images, ours(*before, options=WITH_SKOPEO, same=same), ours(*before, same=same), rounds)


def first_push(images: Images, registry: Registry, top: Path, rounds: int) -> None:
    layout, numbers = top / "layout", count()

    def write_layout(stored: Path) -> None:
        shutil.rmtree(layout, ignore_errors=True)
        command = [*NIXDOCK, "archive", "--format", "oci", str(stored), str(layout)]
        subprocess.run(command, check=True, env=ENVIRONMENT)

    def place(whose: str) -> str:
        return f"docker://{registry.host}/{whose}-{next(numbers)}:1"

    ready = Way("skopeo, layout ready", lambda _: (*COLD, *SKOPEO, f"oci:{layout}:1", place("full")), write_layout)
    archive = top / "archive.tar"
    plain = Way("skopeo, archive", lambda _: (*COLD, *SKOPEO, f"docker-archive:{archive}", place("plain")))

    def ours(compression: str, *more: str) -> Way:
        options = ("--compression", compression, *more)
        name = f"{'with skopeo' if more else 'nixdock'}, {compression}"
        return Way(name, lambda s: (*COLD, *NIXDOCK, "copy", "-q", s, place("all"), *options))

    for compression in ("gzip", "zstd"):
        for theirs in (ready, plain, ours(compression, *WITH_SKOPEO)):
            compare("(d) a first push, cold", images, replace(theirs, times=[]), ours(compression), rounds)


def main(rounds: int = 5, megabytes: int = 320) -> None:
    with tempfile.TemporaryDirectory(prefix="nixdock-bench-") as name:
        top = Path(name)
        (top / "registry").mkdir()
        images = Images(top, megabytes * 1_000_000)
        with docker_daemon() as docker:
            into_docker(images, docker, rounds)
        with registry_server(top / "registry") as registry:
            into_registry(images, registry, top, rounds)
            first_push(images, registry, top, 2)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
