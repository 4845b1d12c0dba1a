"""A recipe's image into a runtime of this machine: the unpatched client pulls what it lacks from our registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .. import process
from ..errors import ProgramFailed
from ..image import Recipe
from ..layers.content import layer_contents
from . import client
from .archive import NamedImage, write_docker_archive
from .registry import Registry
from .registry_server import Listener, running
from .served_image import served_image


@dataclass(frozen=True, slots=True)
class Runtime:
    """A client, and its words: `client` is the program with its own options, each other word a command of it.

    load: reads a docker-archive from stdin. familiar: whether the client itself completes `app` to docker's hub.
    """

    client: tuple[str, ...]
    pull: tuple[str, ...]
    tag: tuple[str, ...]
    remove: tuple[str, ...]
    load: tuple[str, ...]
    familiar: bool = True

    def with_options(self, options: Sequence[str]) -> Runtime:
        """The same client, called with more options in front of its command."""
        return replace(self, client=(*self.client, *options))


RUNTIMES = {
    "docker-daemon": Runtime(("docker",), ("pull", "--quiet"), ("tag",), ("image", "rm"), ("load", "--quiet")),
    "podman": Runtime(
        ("podman",), ("pull", "--quiet", "--tls-verify=false"), ("tag",), ("image", "rm"), ("load", "--quiet")
    ),
    "containerd": Runtime(
        ("ctr",),
        ("images", "pull", "--plain-http"),
        ("images", "tag", "--force"),
        ("images", "rm"),
        ("images", "import", "-"),
        familiar=False,
    ),
}
RUNTIMES["containers-storage"] = RUNTIMES["podman"]


def copy_to_runtime(recipe: Recipe, repo_tag: str, runtime: Runtime, listener: Listener) -> None:
    """Have a runtime pull an image, then name it `repo_tag`.

    A daemon that asks us nothing (on another machine it does not reach our loopback) is sent the whole archive.
    Raises ProgramFailed where the client does, or the error for which our registry broke a layer off.
    """
    with layer_contents() as contents:
        image = served_image(recipe, repo_tag, contents)
        listener.begun(image)
        with running(Registry([image]), listener) as server:
            temporary = f"{server.address}/{image.repository}:{image.tag}"
            try:
                client.run([*runtime.client, *runtime.pull, temporary], lambda: server.failure)
            except ProgramFailed as error:
                if server.reached:
                    raise server.failure or error from error
                temporary = ""
    name = repo_tag if runtime.familiar else full_name(repo_tag)
    if temporary:
        client.run([*runtime.client, *runtime.tag, temporary, name])
        client.run([*runtime.client, *runtime.remove, temporary])
    else:
        listener.note(f"{runtime.client[0]} cannot pull from this machine: sending the whole image")
        _load(recipe, name, runtime)


def full_name(repo_tag: str) -> str:
    """The name as Kubernetes and nerdctl complete it: `app:1` is `docker.io/library/app:1`."""
    host, slash, _ = repo_tag.partition("/")
    if not slash:
        return f"docker.io/library/{repo_tag}"
    return repo_tag if "." in host or ":" in host or host == "localhost" else f"docker.io/{repo_tag}"


def _load(recipe: Recipe, name: str, runtime: Runtime) -> None:
    command = [*runtime.client, *runtime.load]
    program = process.start(command, stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE)
    assert program.stdin
    try:
        write_docker_archive([NamedImage.of(recipe, name)], program.stdin)
    except BrokenPipeError:
        pass  # what the program says of it is below
    except BaseException:
        program.kill()
        raise
    client.finish(program, command[0])
