"""The runtimes of a machine: unpatched clients that pull, name and load images, and the words that each understands.

Imported before everything else that copies: Docker's client answers while the rest is being imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from .. import clients
from ..process import Stop

if TYPE_CHECKING:
    import socket

    from .docker_engine import Engine


class Runtime:
    """A client with its user's options. What it says is wrong comes as ProgramFailed."""

    program = ""
    pull_words: Sequence[str] = ("pull", "--quiet")
    tag_words: Sequence[str] = ("tag",)
    remove_words: Sequence[str] = ("image", "rm")
    load_words: Sequence[str] = ("load", "--quiet")
    reads_docker_keys = True  # of an OCI image's config: Healthcheck

    def __init__(self, options: Sequence[str]) -> None:
        self._client = (self.program, *options)

    def pull(self, reference: str, stop: Stop) -> None:
        """Pull HOST/NAME:TAG, until `stop` says otherwise."""
        clients.run([*self._client, *self.pull_words, reference], stop)

    def tag(self, reference: str, name: str) -> None:
        """Give an image another name, too."""
        clients.run([*self._client, *self.tag_words, reference, name])

    def remove(self, reference: str) -> None:
        """Take a name from an image, which goes if it has no other."""
        clients.run([*self._client, *self.remove_words, reference])

    def is_whole(self, _reference: str) -> bool:
        """Tell whether it holds all that an image is made of, and so can save and push it, too."""
        return True

    def listening(self) -> socket.socket | None:
        """Give a socket that listens where the runtime pulls from, if that is another network than ours."""
        return None

    @property
    def load(self) -> Sequence[str]:
        """The command that reads a docker-archive from stdin."""
        return [*self._client, *self.load_words]

    def name(self, repo_tag: str) -> str:
        """The name that NAME:TAG stands for, where the client does not complete it itself."""
        return repo_tag


class Docker(Runtime):
    """The engine itself is spoken to where that can be: three starts of the client take longer than a small layer."""

    program = "docker"

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(options)
        # The client knows: from options, DOCKER_HOST, DOCKER_CONTEXT, its contexts.
        where = ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
        self._asked = clients.start([*self._client, *where])

    @cached_property
    def _engine(self) -> Engine | None:
        from .docker_engine import Engine

        return Engine.at(self._asked.communicate()[0].decode().strip())

    def listening(self) -> socket.socket | None:
        from .namespaces import has_own_network, listen_in

        process = self._engine.process if self._engine else 0
        if not process or not has_own_network(process):
            return None
        return listen_in(process)

    def pull(self, reference: str, stop: Stop) -> None:
        if self._engine:
            self._engine.pull(reference, stop)
        else:
            super().pull(reference, stop)

    def tag(self, reference: str, name: str) -> None:
        if self._engine:
            self._engine.tag(reference, name)
        else:
            super().tag(reference, name)

    def is_whole(self, reference: str) -> bool:
        return self._engine.is_whole(reference) if self._engine else True

    def remove(self, reference: str) -> None:
        if self._engine:
            self._engine.remove(reference)
        else:
            super().remove(reference)


class Podman(Runtime):
    program = "podman"
    pull_words = ("pull", "--quiet", "--tls-verify=false")
    reads_docker_keys = False


class Containerd(Runtime):
    program = "ctr"
    pull_words = ("images", "pull", "--plain-http")
    tag_words = ("images", "tag", "--force")
    remove_words = ("images", "rm")
    load_words = ("images", "import", "-")
    check_words = ("images", "check")

    def is_whole(self, reference: str) -> bool:
        # As docker's store: that of containerd 2 pulls no layer that is unpacked already.
        return b"incomplete" not in clients.run([*self._client, *self.check_words, f"name=={reference}"])

    def name(self, repo_tag: str) -> str:
        from ..oci.reference import Reference  # docker's client answers while this would be imported

        return str(Reference.split(repo_tag).full())


RUNTIMES: dict[str, Callable[[Sequence[str]], Runtime]] = {
    "docker-daemon": Docker,
    "podman": Podman,
    "containers-storage": Podman,
    "containerd": Containerd,
}
"""By the transport in a destination's words; each is made with options of its client."""
