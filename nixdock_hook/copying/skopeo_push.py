"""An image, or an index, to a registry, or any other of skopeo's destinations: skopeo copies from our registry.

What the destination has already is asked of itself (`known_layers`), so a machine that never saw it before sends only
what is new. Authentication is skopeo's alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from .. import clients
from ..errors import NixdockError, NotFound, ProgramFailed
from ..images.index import Image, ImageIndex, recipes_of
from ..layers.content import LayerContents, layer_contents
from ..oci.model import Descriptor
from ..outputs import temporary_directory
from ..registries.access import Access
from ..registries.errors import explained, no_repository
from ..serving.answers import Registry
from ..serving.server import running
from ..sinks.compressed import CompressedLayers, LayerCompression, stored_blob, uncompressed_layers
from ..sinks.listener import Listener
from ..sinks.served_image import ServedImage, served_image
from .known_layers import known_layers
from .new_place import new_place
from .push_options import PushOptions, push_options

# The others want, or make, uncompressed layers.
_COMPRESSED = ("docker://", "oci:", "oci-archive:")
# Those of them that can be asked for one blob.
_ASKED = ("docker://", "oci:")


@dataclass(frozen=True, slots=True)
class SkopeoPush:
    """What to push where.

    destination: in skopeo's words. compression: of layers that are compressed here. options: more of `skopeo copy`.
    reuse_from: references whose layers the destination has, too. access: what the options say, for errors.
    """

    image: Image
    repo_tag: str
    destination: str
    compression: LayerCompression = "gzip"
    reuse_from: Sequence[str] = ()
    options: Sequence[str] = ()
    access: Access = Access()

    def run(self, listener: Listener) -> str | None:
        """Push; returns the digest of the manifest that is in the registry now, None for another destination.

        Raises ProgramFailed where skopeo does, or the error for which our registry broke a layer off.
        """
        with temporary_directory() as directory:
            self._push(listener, f"{directory}/digest")
            if os.path.exists(f"{directory}/digest"):
                with open(f"{directory}/digest") as file:
                    return file.read().strip() or None
        return None

    def _push(self, listener: Listener, digest_file: str) -> None:
        with push_options(self.options, (self.destination, *self.reuse_from)) as options, ExitStack() as stack:
            if options.shows_a_token:
                listener.note("warning: other users can see a registry token among skopeo's arguments: log in instead")
            known = self._known(options, listener)
            contents = stack.enter_context(layer_contents())
            compressed = CompressedLayers(contents, self.compression, listener.compressed)
            while missing := self._try(known, compressed, contents, options, listener, digest_file):
                listener.note("layers are gone that the destination had: sending them again")
                known = {diff_id: layer for diff_id, layer in known.items() if layer.digest not in missing}

    def _known(self, options: PushOptions, listener: Listener) -> dict[str, Descriptor]:
        references = [place for place in (self.destination, *self.reuse_from) if place.startswith(_ASKED)]
        known: dict[str, Descriptor] = {}
        for recipe in recipes_of(self.image):
            if references and not recipe.verbatim:  # one from a registry has its own compressed layers
                known = known_layers(references, recipe.platform, options.inspect, listener.note) | known
        return known

    def _try(
        self,
        known: dict[str, Descriptor],
        compressed: CompressedLayers,
        contents: LayerContents,
        options: PushOptions,
        listener: Listener,
        digest_file: str,
    ) -> set[str]:
        """Copy; returns the known layers (their digests) that the destination turned out not to have: try without."""
        image = self._image(known, compressed, contents, listener)
        registry = Registry([image])
        with running(registry, listener) as server:
            source = f"docker://{server.address}/{image.repository}:{image.tag}"
            words = ["copy", "--quiet", "--src-tls-verify=false", "--src-no-creds"]
            if self.destination.startswith("docker://"):
                words += ["--digestfile", digest_file]
            whole = ["--all"] if isinstance(self.image, ImageIndex) else []
            try:
                with new_place(self.destination) as (place, more):
                    command = ["skopeo", "--insecure-policy", *more, *words, *whole, *options.copy, source, place]
                    clients.run(command, lambda: server.failure)
            except ProgramFailed as error:
                missing = registry.asked_in_vain & {layer.digest for layer in known.values()}
                if not missing:
                    raise server.failure or self._explained(error) from error
                return missing
        return set()

    def _explained(self, error: ProgramFailed) -> NixdockError:
        """The error in the words that our own client has for it, where skopeo asked a registry."""
        if not self.destination.startswith("docker://"):
            return error
        place = self.destination.removeprefix("docker://")
        found = explained(error.remedy, place, self.access)
        return no_repository("", place, self.access) if isinstance(found, NotFound) else found or error

    def _image(
        self, known: dict[str, Descriptor], compressed: CompressedLayers, contents: LayerContents, listener: Listener
    ) -> ServedImage:
        layers = uncompressed_layers(self.image) if self.destination.startswith(_COMPRESSED) else {}
        new = {diff_id: layer for diff_id, layer in layers.items() if diff_id not in known}
        if ours := [layer for layer in new.values() if not stored_blob(layer, self.compression)]:
            size = sum(layer.size for layer in ours)
            listener.note(f"compressing {len(ours)} of {len(layers)} layers, {size / 1e6:.1f} MB")
        blobs = {diff_id: compressed.blob(layer) for diff_id, layer in new.items()}
        forms = {**known, **{diff_id: blob.descriptor for diff_id, blob in blobs.items()}}
        return served_image(self.image, self.repo_tag, contents, forms, list(blobs.values()))
