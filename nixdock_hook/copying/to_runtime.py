"""A recipe's image into a runtime of this machine: its unpatched client pulls what it lacks from our registry."""

from __future__ import annotations

from contextlib import suppress
from typing import IO

from .. import clients as client
from .. import process
from ..endings import at_the_end
from ..errors import ProgramFailed
from ..images.recipe import Recipe
from ..layers.buffers import Block
from ..layers.content import layer_contents
from ..serving.answers import Registry
from ..serving.server import RegistryServer, running
from ..sinks.listener import Listener
from ..sinks.served_image import served_image
from .runtimes import Runtime


def copy_to_runtime(recipe: Recipe, repo_tag: str, runtime: Runtime, listener: Listener) -> None:
    """Have a runtime pull an image, then name it `repo_tag`.

    A daemon that asks us nothing (on another machine it does not reach our loopback) is sent the whole archive.
    Raises ProgramFailed where the client does, or the error for which our registry broke a layer off.
    """
    name = runtime.name(repo_tag)
    with layer_contents() as contents:
        image = served_image(recipe, repo_tag, contents)
        with running(Registry([image]), listener) as server:
            temporary = f"{server.address}/{image.repository}:{image.tag}"
            try:
                _pull(runtime, temporary, name, server)
                return
            except ProgramFailed as error:
                if server.reached:
                    raise server.failure or error from error
                reason = error
    listener.note(f"{runtime.program} cannot pull from this machine: sending the whole image ({reason})")
    _load(recipe, name, runtime, listener)


def _pull(runtime: Runtime, temporary: str, name: str, server: RegistryServer) -> None:
    """Pull an image under a name that does not stay, whatever happens."""
    is_gone = False

    def forget() -> None:
        if server.reached and not is_gone:  # else there is nothing to remove, and maybe nobody who would answer
            with suppress(ProgramFailed):
                runtime.remove(temporary)

    with at_the_end(forget):
        runtime.pull(temporary, lambda: server.failure)
        runtime.tag(temporary, name)
        runtime.remove(temporary)
        is_gone = True


def _load(recipe: Recipe, name: str, runtime: Runtime, listener: Listener) -> None:
    from ..sinks.docker_archive import NamedImage, write_docker_archive  # seldom wanted, and slow to import

    program = process.start(runtime.load, stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE)
    assert program.stdin
    try:
        write_docker_archive([NamedImage.of(recipe, name)], _Counted(program.stdin, listener))
    except BrokenPipeError:
        pass  # what the program says of it is below
    except BaseException:
        program.kill()
        raise
    client.finish(program, runtime.program)


class _Counted:
    """An output that tells the listener how much went into it."""

    def __init__(self, output: IO[bytes], listener: Listener) -> None:
        self._output, self._listener = output, listener

    def write(self, data: Block) -> None:
        self._output.write(data)
        self._listener.archived(len(data))
