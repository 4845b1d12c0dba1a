"""What moves images and runs none: skopeo, crane, umoci; each keeps what it is given in the form that it writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.registry import Registry, registry_server
from tests.support.tools import need, output

from .client import PROGRAM, Client, Runtime

_NAME = "team/matrix:1"


class SkopeoRuntime(Runtime):
    """It copies into an OCI layout, each image under its own name, and out of it."""

    def __init__(self, directory: Path) -> None:
        self._client = Client("skopeo", ("--insecure-policy",))
        self._layout = directory / "layout"
        self.label = f"skopeo {self._client.version()}"
        self.destination = (f"oci:{self._layout}:", ())

    def load(self, file: Path) -> None:
        self._copy(f"docker-archive:{file}:{_NAME}", self._place(_NAME))

    def open_layout(self, directory: Path, tag: str) -> str:
        self._copy(f"oci:{directory}:{tag}", self._place(_NAME))
        return _NAME

    def pull(self, reference: str) -> None:
        self._copy(f"docker://{reference}", self._place(reference), "--src-tls-verify=false")

    def save(self, name: str, file: Path) -> None:
        self._copy(self._place(name), f"docker-archive:{file}:{name}")

    def push(self, name: str, reference: str) -> None:
        self._copy(self._place(name), f"docker://{reference}", "--dest-tls-verify=false")

    def clear(self) -> None:
        shutil.rmtree(self._layout, ignore_errors=True)

    def _place(self, name: str) -> str:
        return f"oci:{self._layout}:{name}"

    def _copy(self, source: str, destination: str, *options: str) -> None:
        self._client("copy", "--quiet", *options, source, destination)


class CraneRuntime(Runtime):
    """It copies into a registry that nobody else has, and out of it."""

    def __init__(self, registry: Registry) -> None:
        self._client = Client("crane")
        self._host = registry.host
        # It says none itself as Debian builds it.
        self.label = f"crane {Client('dpkg-query').version('--show', '--showformat=${Version}', 'crane')}"

    def load(self, file: Path) -> None:
        self._client("push", file, f"{self._host}/{_NAME}")

    def open_layout(self, directory: Path, tag: str) -> str:
        self._client("push", directory, f"{self._host}/{_NAME}")
        return _NAME

    def pull(self, reference: str) -> None:
        self._client("copy", reference, self._place(reference))

    def save(self, name: str, file: Path) -> None:
        self._client("pull", self._place(name), file)

    def push(self, name: str, reference: str) -> None:
        self._client("copy", self._place(name), reference)

    def clear(self) -> None:
        """Leave everything: a push puts its image in the place of the one before."""

    def _place(self, name: str) -> str:
        return f"{self._host}/{name.rpartition('/')[2]}" if name.startswith("127.") else f"{self._host}/{name}"


class UmociRuntime(Runtime):
    """It unpacks an image into a directory, whose program runs in a chroot."""

    def __init__(self, directory: Path) -> None:
        self._client = Client("umoci")
        self._bundle = directory / "bundle"
        self.label = f"umoci {self._client.version()}"

    def open_layout(self, directory: Path, tag: str) -> str:
        self._client("unpack", "--image", f"{directory}:{tag}", self._bundle)
        return _NAME

    def run(self, name: str) -> str:
        return output(need("chroot"), self._bundle / "rootfs", *PROGRAM).decode()

    def clear(self) -> None:
        shutil.rmtree(self._bundle, ignore_errors=True)


@contextmanager
def crane(directory: Path) -> Iterator[Runtime]:
    with registry_server(directory) as registry:
        yield CraneRuntime(registry)
