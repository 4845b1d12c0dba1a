"""What runs containers: docker with either of its image stores, podman, containerd; each with a place of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.containerd import Containerd, containerd_daemon
from tests.support.docker import Docker, docker_daemon
from tests.support.podman import Podman, podman_storage
from tests.support.tools import need

from .client import PROGRAM, Client, Runtime, Unsupported

_LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
"""podman and buildah otherwise ask for more than a container that all this may run in allows."""


class DockerRuntime(Runtime):
    def __init__(self, docker: Docker, store: str) -> None:
        self._docker = docker
        self._client = Client(docker.client, ("--host", docker.host))
        version = self._client.version("version", "--format", "{{.Server.Version}}")
        self.label = f"docker {version}, {store}"
        self.destination = ("docker-daemon:", self._client.options)
        # Its own containerd, beside its socket.
        socket = Path(docker.host.removeprefix("unix://")).parent / "exec/containerd/containerd.sock"
        options = ("--address", str(socket), "--namespace", "moby")
        self._containerd = Client("ctr", options) if store == "containerd" else None

    def load(self, file: Path) -> None:
        # Errors of unpacking do not fail `docker load`: it is what comes after it that shows them.
        self._client("load", "--quiet", "--input", file)

    def load_stream(self, *program: str | Path) -> None:
        self._client.fed_by(program, "load", "--quiet")

    def pull(self, reference: str) -> None:
        self._client("pull", "--quiet", reference)

    def has(self, name: str) -> bool:
        return name in self._client("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()

    def run(self, name: str) -> str:
        return self._client("run", "--rm", "--pull", "never", "--network", "none", name)

    def save(self, name: str, file: Path) -> None:
        self._docker.save(name, file)

    def push(self, name: str, reference: str) -> None:
        self._client("tag", name, reference)
        self._client("push", "--quiet", reference)

    def clear(self) -> None:
        if images := set(self._client("image", "ls", "--all", "--quiet").split()):
            self._docker.remove(*images)
        if self._containerd:  # of an image whose blobs are not all there, docker says nothing
            _remove_all(self._containerd)


class _StorageRuntime(Runtime):
    """A program on containers-storage. Its words for images are the same in podman and buildah."""

    def __init__(self, storage: Podman, program: str) -> None:
        self._client = Client(program, storage.options)
        self.label = f"{program} {self._client.version()}"

    def open_layout(self, directory: Path, tag: str) -> str:
        self._client("pull", "--quiet", f"oci:{directory}:{tag}")
        return self._names().pop()

    def pull(self, reference: str) -> None:
        self._client("pull", "--quiet", "--tls-verify=false", reference)

    def has(self, name: str) -> bool:
        return bool({name, f"localhost/{name}", f"docker.io/{name}"} & self._names())

    def push(self, name: str, reference: str) -> None:
        self._client("push", "--quiet", "--tls-verify=false", name, reference)

    def clear(self) -> None:
        self._client("rmi", "--all", "--force")

    def _names(self) -> set[str]:
        images = json.loads(self._client("images", "--json" if self._client.program == "buildah" else "--format=json"))
        return {name for image in images for name in image.get("names") or image.get("Names") or ()}


class PodmanRuntime(_StorageRuntime):
    def __init__(self, storage: Podman) -> None:
        super().__init__(storage, "podman")
        self.destination = ("podman:", storage.options)

    def load(self, file: Path) -> None:
        self._client("load", "--quiet", "--input", file)

    def load_stream(self, *program: str | Path) -> None:
        self._client.fed_by(program, "load", "--quiet")

    def run(self, name: str) -> str:
        # runc, because crun refuses a machine with both versions of cgroups.
        options = ("--cgroup-manager", "cgroupfs", "--runtime", need("runc"))
        words = ("run", "--rm", "--pull", "never", "--network", "none", *_LIMITS, name)
        return Client("podman", (*self._client.options, *options))(*words)

    def save(self, name: str, file: Path) -> None:
        self._client("save", "--quiet", "--output", file, name)


class BuildahRuntime(_StorageRuntime):
    """It has a storage of its own: that of podman already has what podman was given."""

    def __init__(self, storage: Podman) -> None:
        super().__init__(storage, "buildah")

    def load(self, file: Path) -> None:
        self._client("pull", "--quiet", f"docker-archive:{file}")

    def run(self, name: str) -> str:
        container = self._client("from", "--pull-never", *_LIMITS, name).strip()
        try:
            return self._client("run", "--isolation", "chroot", container, "--", *PROGRAM)
        finally:
            self._client("rm", container)

    def save(self, name: str, file: Path) -> None:
        self._client("push", "--quiet", name, f"docker-archive:{file}:{name}")


class ContainerdRuntime(Runtime):
    def __init__(self, daemon: Containerd) -> None:
        self._daemon = daemon
        self._client = Client("ctr", daemon.options)
        self.label = f"containerd {self._client.version()}"
        self.destination = ("containerd:", daemon.options)

    def load(self, file: Path) -> None:
        self._client("images", "import", file)

    def load_stream(self, *program: str | Path) -> None:
        self._client.fed_by(program, "images", "import", "-")

    def pull(self, reference: str) -> None:
        self._client("images", "pull", "--plain-http", reference)

    def has(self, name: str) -> bool:
        return _full(name) in self._client("images", "ls", "--quiet").split()

    def run(self, name: str) -> str:
        return self._daemon.run(_full(name))

    def save(self, name: str, file: Path) -> None:
        self._client("images", "export", file, _full(name))

    def push(self, name: str, reference: str) -> None:
        self._client("images", "push", "--plain-http", reference, _full(name))

    def clear(self) -> None:
        _remove_all(self._client)


def _remove_all(ctr: Client) -> None:
    """Remove every image of a namespace of containerd, and wait until its blobs and snapshots are gone."""
    if names := ctr("images", "ls", "--quiet").split():
        ctr("images", "rm", "--sync", *names)


def _full(name: str) -> str:
    """The name as containerd has it: it completes none itself."""
    return name if name.startswith("127.") else f"docker.io/{name}"


@contextmanager
def docker(store: str) -> Iterator[Runtime]:
    """store: "containerd" for its image store there, else that of docker itself. Raises Unsupported without one."""
    settings = {"features": {"containerd-snapshotter": store == "containerd"}}
    with docker_daemon(settings=settings) as daemon:
        if store == "containerd" and "io.containerd.snapshotter" not in daemon("info", "--format", "{{.DriverStatus}}"):
            raise Unsupported
        yield DockerRuntime(daemon, store)


@contextmanager
def podman() -> Iterator[Runtime]:
    with podman_storage() as storage:
        yield PodmanRuntime(storage)


@contextmanager
def buildah() -> Iterator[Runtime]:
    with podman_storage() as storage:
        yield BuildahRuntime(storage)


@contextmanager
def containerd() -> Iterator[Runtime]:
    with containerd_daemon() as daemon:
        yield ContainerdRuntime(daemon)
