"""A docker daemon of our own, and the few things that tests ask of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from .server import running, wait_until
from .tools import need, need_root, output

_OF_EVERY_CONTAINER = {
    *(".dockerenv", "dev", "proc", "sys"),
    *("etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"),
}


@dataclass(frozen=True)
class Docker:
    """The client of one daemon. Containers have no network but their own loopback, unless `run` is told otherwise."""

    client: str
    host: str

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> str:
        """Any docker command; returns its stdout."""
        return output(self.client, "--host", self.host, *arguments, stdin=stdin).decode()

    def load(self, archive: Path) -> str:
        """`docker load` of a file; returns the (last) reference, or the ID of an image without one."""
        if archive.suffix == ".zst":  # docker before 23 does not know it
            return self.load_stream(need("zstd"), "-dc", archive)
        return _loaded(self("load", "--quiet", "--input", archive))

    def load_stream(self, *program: str | Path) -> str:
        """`PROGRAM | docker load`, as a person would type it."""
        with subprocess.Popen([str(word) for word in program], stdout=subprocess.PIPE) as stream:
            loaded = subprocess.run(
                [self.client, "--host", self.host, "load", "--quiet"],
                stdin=stream.stdout,
                capture_output=True,
                check=False,
            )
        assert loaded.returncode == 0, loaded.stderr.decode()
        assert stream.returncode == 0, f"{program[0]} failed with status {stream.returncode}"
        return _loaded(loaded.stdout.decode())

    def run(self, image: str, *command: str, options: tuple[str, ...] = ()) -> str:
        """Run a container to its end and return what it printed."""
        return self("run", "--rm", "--network", "none", *options, image, *command)

    @contextmanager
    def container(self, image: str, *command: str, options: tuple[str, ...] = ()) -> Iterator[Container]:
        """A container that runs in the background while the block does."""
        identifier = self("run", "--detach", "--network", "none", *options, image, *command).strip()
        try:
            yield Container(self, identifier)
        finally:
            self("rm", "--force", "--volumes", identifier)

    def inspect(self, image: str) -> dict[str, Any]:
        [found] = json.loads(self("image", "inspect", image))
        return dict(found)

    def image_id(self, image: str) -> str:
        return str(self.inspect(image)["Id"])

    def layers(self, image: str) -> list[str]:
        """The diff IDs, lowest layer first."""
        return list(self.inspect(image)["RootFS"]["Layers"])

    def history(self, image: str) -> list[dict[str, Any]]:
        """The history's entries, newest first, as docker prints them."""
        lines = self("history", "--no-trunc", "--format", "{{json .}}", image).splitlines()
        return [json.loads(line) for line in lines]

    def save(self, image: str, archive: Path) -> Path:
        """`docker save` into a file; returns its path."""
        self("save", "--output", archive, image)
        return archive

    def remove(self, *images: str) -> None:
        self("image", "rm", "--force", *images)

    def tree(self, image: str) -> dict[str, tarfile.TarInfo]:
        """The image's root file system as docker unpacked it: normalised name → member (`/` is left out).

        What docker adds to every container is left out too.
        """
        container = self("create", image, "command-is-never-run").strip()
        try:
            exported = output(self.client, "--host", self.host, "export", container)
        finally:
            self("rm", container)
        with tarfile.open(fileobj=BytesIO(exported)) as tar:
            tree = {member.name.strip("/"): member for member in tar}
        for name in [name for name in tree if name in _OF_EVERY_CONTAINER or name.startswith("dev/")]:
            del tree[name]
        if not any(name.startswith("etc/") for name in tree):
            tree.pop("etc", None)
        return tree


@dataclass(frozen=True)
class Container:
    """A container in the background."""

    docker: Docker
    identifier: str

    def execute(self, *command: str) -> str:
        return self.docker("exec", self.identifier, *command)

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.docker("container", "inspect", self.identifier))[0]["State"])

    def get(self, url: str) -> bytes:
        """The body that a server inside the container answers on its own loopback, asked until it answers."""
        fetch = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=5).read())"
        pid = self.state()["Pid"]
        command = [need("nsenter"), "--net", "--target", str(pid), need("python3"), "-I", "-c", fetch, url]
        answer = subprocess.CompletedProcess[bytes](command, 1)

        def answered() -> bool:
            nonlocal answer
            assert self.state()["Running"], self.docker("logs", self.identifier)
            answer = subprocess.run(command, capture_output=True, check=False)
            return answer.returncode == 0

        wait_until(answered, f"{url} answers in the container")
        return answer.stdout


@contextmanager
def docker_daemon(*prefix: str, settings: Mapping[str, Any] | None = None) -> Iterator[Docker]:
    """Debian's dockerd with everything it writes below one temporary directory, removed at the end.

    No bridge and no packet filter rules: it neither needs nor changes the machine's. prefix: a program that starts it.
    settings: its daemon.json.
    """
    need_root("dockerd")
    client, daemon = need("docker"), need("dockerd")
    # Not below pytest's temporary directory: that one is kept, and a socket's path has at most 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="nixdock-docker."))
    docker = Docker(client, f"unix://{directory}/socket")
    (directory / "daemon.json").write_text(json.dumps(settings or {}))  # the machine's own is not for us
    command = [
        *prefix,
        daemon,
        *("--config-file", f"{directory}/daemon.json", "--host", docker.host, "--pidfile", f"{directory}/pid"),
        *("--data-root", f"{directory}/data", "--exec-root", f"{directory}/exec"),
        *("--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"),
    ]
    try:
        with running(command, directory / "log", lambda: _answers(docker)):
            yield docker
    finally:
        _remove(directory)


def _answers(docker: Docker) -> bool:
    command = [docker.client, "--host", docker.host, "version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _remove(directory: Path) -> None:
    """Remove the daemon's directory; first unmount what it left mounted (its default network namespace)."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([mount for mount in mounts if mount.startswith(f"{directory}/")]):
        output(need("umount"), mount)
    shutil.rmtree(directory)


def _loaded(message: str) -> str:
    """The reference in `Loaded image: NAME:TAG` or the ID in `Loaded image ID: sha256:…`, of the last line."""
    return message.strip().splitlines()[-1].partition(": ")[2]
