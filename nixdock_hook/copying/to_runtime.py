"""A recipe's image into a runtime of this machine: its unpatched client pulls what it lacks from our registry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import clients, process
from ..endings import at_the_end
from ..errors import ProgramFailed
from ..images.index import tell_lost_by_podman
from ..images.recipe import Recipe
from ..layers.buffers import Block, Write
from ..layers.content import layer_contents
from ..serving.answers import Registry
from ..serving.server import RegistryServer, running
from ..sinks.blobs import Blob, Document
from ..sinks.listener import Listener
from ..sinks.served_image import ServedImage, served_image
from .runtimes import Runtime

if TYPE_CHECKING:
    from ..layers.content import LayerContents
    from ..oci.model import Descriptor
    from ..sinks.compressed import LayerCompression
    from ..sinks.docker_archive import Output

# What Go's HTTP says for an engine that wants TLS of 127.0.0.1, too; the proposal is moby#52279.
_WANTS_TLS = "server gave HTTP response to HTTPS client"
# What docker says of a tar in a compression that it does not know.
_NO_TAR = ("invalid tar header", "unexpected EOF")
# docker's image store goes on after this, and its client ends well.
_NOT_UNPACKED = b"Error unpacking image"


def copy_to_runtime(
    recipe: Recipe, repo_tag: str, runtime: Runtime, listener: Listener, compression: LayerCompression = "none"
) -> None:
    """Have a runtime pull an image, then name it `repo_tag`.

    A daemon that asks us nothing (on another machine it does not reach our loopback) is sent the whole archive.
    compression: of layers, one of LAYER_COMPRESSIONS. Raises ProgramFailed where the client does, or the error for
    which our registry broke a layer off.
    """
    copy = _Copy(recipe, runtime.name(repo_tag), runtime, listener, compression)
    with layer_contents() as contents:
        image = copy.described(repo_tag, contents)
        if not runtime.reads_docker_keys:
            tell_lost_by_podman(recipe, listener.note)
        listening = runtime.listening()
        if listening:
            listener.note(f"{runtime.program} has a network of its own: it pulls from inside that")
        with running(Registry([image]), listener, listening) as server:
            try:
                copy.pull(image, server)
                return
            except ProgramFailed as error:
                if server.reached:
                    raise server.failure or copy.explained(error) from error
                reason = str(error)
    copy.load(reason)


@dataclass(frozen=True, slots=True)
class _Copy:
    """name: which the image gets. The others are arguments of `copy_to_runtime`."""

    recipe: Recipe
    name: str
    runtime: Runtime
    listener: Listener
    compression: LayerCompression

    def described(self, repo_tag: str, contents: LayerContents) -> ServedImage:
        """Describe the image, whose layers are compressed for it now."""
        if self.compression == "none":
            return served_image(self.recipe, repo_tag, contents)
        from ..sinks.compressed import CompressedLayers, served_with  # seldom wanted, and slow to import

        size = sum(layer.size for layer in self.recipe.layers)
        self.listener.note(f"compressing {len(self.recipe.layers)} layers, {size / 1e6:.1f} MB")
        layers = CompressedLayers(contents, self.compression, self.listener.compressed)
        return served_with(layers, self.recipe, repo_tag, contents)

    def pull(self, image: ServedImage, server: RegistryServer) -> None:
        """Have the image pulled under a name that does not stay, whatever happens, and named."""
        temporary = f"{server.address}/{image.repository}:{image.tag}"
        is_there = is_gone = False

        def forget() -> None:
            # Where nobody asked us there is nothing to remove, and maybe nobody who would answer.
            if not is_gone and (is_there or server.reached):
                with suppress(ProgramFailed):
                    self.runtime.remove(temporary)

        with at_the_end(forget):
            self.runtime.pull(temporary, lambda: server.failure)
            is_there = True
            if not server.reached:
                raise ProgramFailed("something else answers there", server.address)
            self._complete(image, temporary, server.given)
            self.runtime.tag(temporary, self.name)
            self.runtime.remove(temporary)
            is_gone = True

    def _complete(self, image: ServedImage, temporary: str, given: set[str]) -> None:
        """Send the layers that the runtime did not pull, because it had unpacked them from another form."""
        if image.blobs.keys() <= given or self._is_whole(temporary):
            return
        from ..sinks.oci_archive import write_blobs_archive  # seldom wanted, and slow to import

        known = {digest for digest, blob in image.blobs.items() if digest in given and not isinstance(blob, Document)}
        missing = [blob for digest, blob in image.blobs.items() if digest not in known]
        size = sum(blob.descriptor.size for blob in missing)
        why = f"{self.runtime.program} has layers of another form, and could neither save nor push the image"
        self.listener.note(f"{why}: loading {size / 1e6:.1f} MB")
        told = {digest: _Told(blob, self.listener) for digest, blob in image.blobs.items()}
        rest = replace(image, blobs=told)
        try:
            self._feed(lambda output: write_blobs_archive(self.recipe, rest, self.name, output, known))
            failure = "" if self._is_whole(temporary) else "they are still not there"
        except ProgramFailed as error:  # without them the image can run
            failure = str(error)
        if failure:
            remedy = "remove the other images with these layers, and copy it again"
            self.listener.note(f"warning: {self.name} can run, but not be saved or pushed ({failure}): {remedy}")

    def _is_whole(self, reference: str) -> bool:
        try:
            return self.runtime.is_whole(reference)
        except ProgramFailed:  # whoever does not answer will not take more of it
            return True

    def explained(self, error: ProgramFailed) -> ProgramFailed:
        """Add what helps, where that is known."""
        if self.compression != "zstd" or not any(said in str(error) for said in _NO_TAR):
            return error
        remedy = f"{error.remedy}: docker reads zstd layers from 23 on: use --layer-compression gzip"
        return ProgramFailed(error.what, error.where, remedy)

    def load(self, reason: str) -> None:
        """Send the whole image. reason: why it is not pulled."""
        from ..sinks.docker_archive import CountedOutput  # seldom wanted, and slow to import
        from ..sinks.oci_archive import write_archive

        program = self.runtime.program
        if _WANTS_TLS in reason:
            why = f"{program} takes no plain http from 127.0.0.1"
        else:
            why = f"{program} cannot pull from this machine"
        self.listener.note(f"{why}: sending the whole image ({reason})")

        def write(output: Output) -> None:
            write_archive(self.recipe, self.name, CountedOutput(output, self.listener), self.compression)

        self._feed(write)

    def _feed(self, write: Callable[[Output], None]) -> None:
        """Have the runtime load what is written. Raises ProgramFailed where it does not."""
        program = process.start(self.runtime.load, stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE)
        assert program.stdin
        try:
            write(program.stdin)
        except BrokenPipeError:
            pass  # what the program says of it is below
        except BaseException:
            program.kill()
            raise
        output = clients.finish(program, self.runtime.program)
        if _NOT_UNPACKED in output:
            raise ProgramFailed(f"{self.runtime.program} failed", "", clients.last_words(output))


@dataclass(frozen=True, slots=True)
class _Told:
    """A blob that tells the listener how much of it went away."""

    blob: Blob
    listener: Listener

    @property
    def descriptor(self) -> Descriptor:
        return self.blob.descriptor

    def write(self, write: Write) -> None:
        def told(data: Block) -> None:
            write(data)
            self.listener.sent(self.blob.descriptor, len(data))

        self.blob.write(told)
