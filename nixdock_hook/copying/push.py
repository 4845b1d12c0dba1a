"""An image, or an index, to a registry, or to any other of skopeo's destinations: by our own client, or by skopeo.

Ours knows registries alone, and what skopeo, podman and docker know of logging in to them. Whatever else there is
(other transports, signing, registries.conf, options of `skopeo copy`) is skopeo's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..images.index import Image, ImageIndex, single_image
from ..oci.artifact import Attachment
from ..oci.model import Descriptor
from ..oci.reference import parse_remote_reference, refuse_login
from ..registries.access import Access
from ..sinks.attached import with_attestations
from ..sinks.listener import Listener
from ..sinks.served_image import ServedImage
from .attachments import attach, check_attestable

if TYPE_CHECKING:
    from ..sinks.compressed import LayerCompression

REGISTRY = "docker://"
_LAYOUT = "oci:"


@dataclass(frozen=True, slots=True)
class Push:
    """What to push where.

    destination: in skopeo's words. compression: of layers that are compressed here. access: to the destination.
    reuse_from: references whose layers the destination has, too. options: more of `skopeo copy`, which then copies.
    attachments: documents that a registry gets with the image, as artifacts that refer to it, or (is_attested) beside
        it in an index, which then stands at the tag.
    Raises InvalidInput where one cannot be asked, or a reference has a password in it.
    """

    image: Image
    repo_tag: str
    destination: str
    compression: LayerCompression = "gzip"
    reuse_from: Sequence[str] = ()
    access: Access = Access()
    with_skopeo: bool = False
    options: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()
    is_attested: bool = False

    def __post_init__(self) -> None:
        for place in (self.destination, *self.reuse_from):
            if place.startswith(REGISTRY):
                refuse_login(place)
        for place in self.reuse_from:
            if not place.startswith((REGISTRY, _LAYOUT)):
                remedy = "docker://HOST/NAME:TAG or oci:DIRECTORY:TAG"
                raise InvalidInput(f"{place!r} cannot be asked for its layers", "--reuse-from", remedy)
        if self.attachments and not self.destination.startswith(REGISTRY):
            what = "only a registry takes documents that are attached to an image"
            raise InvalidInput(what, self.destination, "leave out --attach, or copy to docker://")
        if self.is_attested:
            self._check_attestations()

    def _check_attestations(self) -> None:
        check_attestable(self.attachments)
        if isinstance(self.image, ImageIndex):
            remedy = "leave out --attestations: the documents then refer to the index"
            raise InvalidInput("the image is an index of several platforms itself", "--attestations", remedy)
        if self.with_skopeo or self.options:
            raise InvalidInput("skopeo pushes no attestations", "--attestations", "leave out --with skopeo and --")

    def run(self, listener: Listener) -> str | None:
        """Push; returns the digest of the manifest or index that is in the registry now, None where it is no registry.

        Raises ProgramFailed where the destination cannot be reached, or refuses.
        """
        digest = self._push(listener)
        if self.attachments and not self.is_attested:
            from ..registries.upload import Repository

            destination = parse_remote_reference(self.destination)
            with closing(Repository(destination.name, self.access)) as repository:
                attach(repository, digest or destination.tag or "", self.attachments)
            listener.note(f"attached {len(self.attachments)} documents")
        return digest

    def _push(self, listener: Listener) -> str | None:
        # Here, not above: of the two one is wanted, and both are slow to import.
        if self.with_skopeo or self.options or not self.destination.startswith(REGISTRY):
            from .skopeo_push import SkopeoPush

            options = (*self._access_options(), *self.options)
            what = (self.image, self.repo_tag, self.destination, self.compression)
            return SkopeoPush(*what, self.reuse_from, options, self.access).run(listener)
        from .registry_push import RegistryPush

        destination = parse_remote_reference(self.destination)
        if destination.digest:
            remedy = "leave out the digest: it follows from the image"
            raise InvalidInput("an image is pushed to a tag, not to a digest", self.destination, remedy)
        registries = [place for place in self.reuse_from if place.startswith(REGISTRY)]
        known = self._in_layouts(listener)
        finish = self._attested if self.is_attested else None
        own = RegistryPush(self.image, destination, self.access, self.compression, registries, known, finish)
        return own.run(listener).digest

    def _attested(self, image: ServedImage) -> ServedImage:
        return with_attestations(image, single_image(self.image, "an index", "").platform, self.attachments)

    def _access_options(self) -> list[str]:
        """The access, as options of `skopeo copy`; `push_options` writes the login to a file."""
        words = {
            "--dest-authfile": self.access.auth_file,
            "--dest-cert-dir": self.access.certificates,
            "--dest-creds": self.access.login,
        }
        tls = [] if self.access.tls_verify else ["--dest-tls-verify=false"]
        return tls + [word for name, value in words.items() if value for word in (name, value)]

    def _in_layouts(self, listener: Listener) -> dict[str, Descriptor]:
        """What OCI layouts tell, read by skopeo."""
        layouts = [place for place in self.reuse_from if place.startswith(_LAYOUT)]
        known: dict[str, Descriptor] = {}
        if layouts:
            from ..images.index import recipes_of
            from .known_layers import known_layers

            for recipe in recipes_of(self.image):
                known = known_layers(layouts, recipe.platform, lambda _: (), listener.note) | known
        return known
