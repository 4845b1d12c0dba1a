"""An image, or an index, into a registry, by our own client: what the registry has already is named, not sent.

The config goes first: where nobody answers, or we may not push, no layer is made in vain. The manifest goes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from ..documents import canonical_json
from ..errors import NixdockError
from ..images.index import Image, recipes_of
from ..images.recipe import Recipe
from ..layers.content import layer_contents
from ..layers.source import BlobSource
from ..oci.digest import digest_of
from ..oci.model import Descriptor, Index, Manifest
from ..oci.reference import Reference, parse_remote_reference
from ..registries.access import Access
from ..registries.content import InMemory
from ..registries.upload import BlobsMissing, Found, Repository
from ..sinks.blobs import Document, StoredBlob
from ..sinks.compressed import LayerCompression, stored_blob, uncompressed_layers
from ..sinks.listener import Listener
from ..sinks.served_image import ServedImage, served_image
from .layer_pairs import of_platform, pair
from .layer_sender import LayerSender, Task

Finish = Callable[[ServedImage], ServedImage]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a layer's blob: that the destination has it, or where it can be taken from."""

    blob: Descriptor
    is_there: bool
    mount_from: str | None = None


class RegistryPush:
    """A push of an image.

    destination: where to. access: to that registry; its login is for no other. compression: of layers that are made
    here. reuse_from: docker://… known: what else is known of layers by diff ID (OCI layouts).
    finish: what is made of the image when its layers are known, attestations beside it for instance.
    """

    def __init__(
        self,
        image: Image,
        destination: Reference,
        access: Access,
        compression: LayerCompression = "gzip",
        reuse_from: Sequence[str] = (),
        known: Mapping[str, Descriptor] | None = None,
        finish: Finish | None = None,
    ) -> None:
        self._image = image
        self._tag = destination.tag or ""
        self._access = access
        self._compression = compression
        self._reuse_from = reuse_from
        self._elsewhere = known or {}
        self._finish = finish
        self._repository = Repository(destination.name, access)
        self._at_tag: Found | None = None
        self._sent: dict[str, Descriptor] = {}

    def run(self, listener: Listener) -> Descriptor:
        """Push; returns the manifest, or index, that now stands at the tag.

        Raises ProgramFailed where the registry cannot be reached or refuses, StoreChanged as `LayerContents.write`.
        """
        with closing(self._repository):
            return self._run(listener)

    def _run(self, listener: Listener) -> Descriptor:
        known = self._known(listener)
        try:
            return self._push(known, listener)
        except BlobsMissing:
            listener.note("layers are gone that the destination had: sending them again")
            self._at_tag = None
            self._repository.is_new = False
            # One more question for each blob; whatever is missing then is made.
            made = {diff_id: Known(blob, is_there=False) for diff_id, blob in self._sent.items()}
            asked = {diff_id: replace(entry, is_there=False) for diff_id, entry in known.items()}
            return self._push(made | asked, listener)

    def _known(self, listener: Listener) -> dict[str, Known]:
        """Ask the destination, which has to answer, and then the others; what cannot be read adds nothing."""
        found = {diff_id: Known(blob, is_there=False) for diff_id, blob in self._elsewhere.items()}
        for place in reversed(self._reuse_from):
            other = parse_remote_reference(place)
            repository = self._other(other.name)
            is_same = repository.name == self._repository.name
            mount_from = repository.path if repository.host == self._repository.host and not is_same else None
            with closing(repository), _noted(place, listener):
                manifest = repository.manifest(other.digest or other.tag or "")
                pairs = self._pairs(repository, manifest)
                found |= {diff_id: Known(blob, is_same, mount_from) for diff_id, blob in pairs.items()}
        self._at_tag = self._repository.manifest(self._tag)
        with _noted(self._repo_tag, listener):
            pairs = self._pairs(self._repository, self._at_tag)
            found |= {diff_id: Known(blob, is_there=True) for diff_id, blob in pairs.items()}
        return found

    def _other(self, name: str) -> Repository:
        """A repository to read from, maybe on another host, to which the login does not go."""
        same_host = name.partition("/")[0] == self._repository.host
        return Repository(name, self._access if same_host else replace(self._access, login=None), writes=False)

    def _pairs(self, repository: Repository, found: Found | None) -> dict[str, Descriptor]:
        """Diff ID → blob, of the image of each platform that is pushed."""
        pairs: dict[str, Descriptor] = {}
        for recipe in recipes_of(self._image) if found else ():
            assert found
            value = canonical_json.load(found.data, repository.name)
            if isinstance(value, dict) and "manifests" in value:
                one = of_platform(Index.from_json(value, repository.name), recipe.platform)
                manifest = repository.manifest(one.digest) if one else None
                if manifest is None:
                    continue
                value = canonical_json.load(manifest.data, repository.name)
            if not recipe.verbatim:
                pairs = {**pair(value, _config(repository, value, recipe), repository.name), **pairs}
        return pairs

    def _push(self, known: Mapping[str, Known], listener: Listener) -> Descriptor:
        tasks = self._tasks(known)
        forms = {diff_id: entry.blob for diff_id, entry in known.items() if entry.is_there}
        with layer_contents() as contents:
            before = served_image(self._image, self._repo_tag, contents, forms)
            self._send_configs(before)
            new = [task for task in tasks if task.candidate is None]
            if new:
                count, size = len(uncompressed_layers(self._image)), sum(task.layer.size for task in new)
                listener.note(f"compressing {len(new)} of {count} layers, {size / 1e6:.1f} MB")
            blobs = LayerSender(self._repository, self._compression, listener).send(tasks)
            self._sent = {task.layer.diff_id: blob for task, blob in zip(tasks, blobs, strict=True)}
            image = served_image(self._image, self._repo_tag, contents, forms | self._sent)
            if self._finish:
                image = self._finish(image)
                self._send_configs(image)  # and the documents that it has now
        return self._put(image)

    @property
    def _repo_tag(self) -> str:
        return f"{self._repository.name}:{self._tag}"

    def _tasks(self, known: Mapping[str, Known]) -> list[Task]:
        """What the destination may lack, each layer once."""
        tasks: dict[str, Task] = {}
        for diff_id, layer in uncompressed_layers(self._image).items():
            entry = known.get(diff_id)
            stored = stored_blob(layer, self._compression)
            if entry is None:
                tasks[diff_id] = Task(layer, stored.descriptor if stored else None, None, stored)
            elif not entry.is_there:
                tasks[diff_id] = Task(layer, entry.blob, entry.mount_from, stored)
        for recipe in recipes_of(self._image):
            own = self._stored(recipe) if recipe.verbatim else []
            tasks |= {task.candidate.digest: task for task in own if task.candidate}
        return list(tasks.values())

    def _stored(self, recipe: Recipe) -> list[Task]:
        """The layers of an image that is what it was in another registry, but for those that the tag names."""
        with layer_contents() as contents:
            blobs = served_image(recipe, self._repo_tag, contents).blobs
        tasks = []
        for layer in recipe.layers:
            blob = blobs[layer.source.digest] if isinstance(layer.source, BlobSource) else None
            if isinstance(blob, StoredBlob) and not self._is_named(blob.descriptor.digest):
                tasks.append(Task(layer, blob.descriptor, None, blob))
        return tasks

    def _send_configs(self, image: ServedImage) -> None:
        for blob in image.blobs.values():
            if isinstance(blob, Document) and not self._has_config(blob.descriptor.digest):
                self._repository.upload(blob.descriptor.digest, InMemory(blob.data))

    def _has_config(self, digest: str) -> bool:
        return self._is_named(digest) or (not self._repository.is_new and self._repository.has(digest))

    def _is_named(self, digest: str) -> bool:
        """Whether what stands at the tag names a blob, which then is there."""
        return self._at_tag is not None and digest.encode() in self._at_tag.data

    def _put(self, image: ServedImage) -> Descriptor:
        """Put the manifests. They go again where they are there: the registry then looks whether their blobs are."""
        for document in image.named.values():
            self._repository.put_manifest(document.descriptor.digest, document.media_type, document.data)
        manifest = image.manifest
        try:
            self._repository.put_manifest(self._tag, manifest.media_type, manifest.data)
        except BlobsMissing:
            raise
        except NixdockError:
            if self._at_tag is None or digest_of(self._at_tag.data) != manifest.descriptor.digest:
                raise  # else the tag must not change, and does not
        return manifest.descriptor


def _config(repository: Repository, manifest: object, recipe: Recipe) -> bytes:
    """The config of a manifest; one that we have ourselves need not come."""
    digest = Manifest.from_json(manifest, repository.name).config.digest
    ours = recipe.oci_config()
    return ours if digest_of(ours) == digest else repository.document(digest)


@contextmanager
def _noted(place: str, listener: Listener) -> Iterator[None]:
    """Tell why a place is of no use, and go on without it."""
    try:
        yield
    except NixdockError as error:
        listener.note(f"nothing is known of {place}: {error}")
