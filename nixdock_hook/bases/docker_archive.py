"""docker-archives: what `docker save`, `podman save`, skopeo's `docker-archive:` and dockerTools write.

A tar with `manifest.json`, a list of `{"Config": MEMBER, "RepoTags": [NAME:TAG …], "Layers": [MEMBER …]}`, one for each
image (moby, image/spec/spec.md, "Combined Image JSON + Filesystem Changeset Format"). Nothing is unpacked to disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from ..documents import canonical_json
from ..documents.fields import Fields
from ..errors import InvalidImage, InvalidInput
from ..oci.model import ImageConfig
from ..oci.reference import Reference
from .files import Files

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """One entry of manifest.json.

    config_bytes: the config as it stands in the archive, for whoever must keep its digest.
    repo_tags: `NAME:TAG`, as the archive has them.
    layers: member names, the lowest first, one for each of `config.diff_ids`; the same may occur twice.
    """

    config: ImageConfig
    config_bytes: bytes
    repo_tags: tuple[str, ...]
    layers: tuple[str, ...]

    @property
    def repo_tag(self) -> str:
        """Its first name, or one for an image without any."""
        return (self.repo_tags or ("base:latest",))[0]


class Archive:
    """The images of a docker-archive; Several threads may read its members at once."""

    def __init__(self, files: Files) -> None:
        self.path = files.path
        self._files = files
        self.images = self._read_images()

    def where(self, member: str) -> str:
        """The words that name a member in an error."""
        return self._files.where(member)

    def open(self, member: str) -> BinaryIO:
        """The bytes of a member as they are in the archive (seekable). Links lead to what they name in the archive."""
        return self._files.open(member)

    def pick(self, name: str | None = None, tag: str | None = None) -> ArchivedImage:
        """The image called NAME:TAG where both are given, else the first (fromImageName and fromImageTag)."""
        if name is None or tag is None:
            return self.images[0]
        wanted = Reference.split(f"{name}:{tag}").familiar()
        for image in self.images:
            if any(Reference.split(repo_tag).familiar() == wanted for repo_tag in image.repo_tags):
                return image
        there = ", ".join(tag for image in self.images for tag in image.repo_tags) or "only images without a name"
        raise InvalidInput(f"there is no image {name}:{tag}", self.path, f"it holds {there}")

    def _read(self, member: str) -> bytes:
        with self.open(member) as file:
            return canonical_json.read_bytes(file, self.where(member))

    def _read_images(self) -> tuple[ArchivedImage, ...]:
        where = self.where(MANIFEST_FILE)
        manifest = canonical_json.load(self._read(MANIFEST_FILE), where)
        if not isinstance(manifest, list) or not manifest:
            raise InvalidImage("this is not a list of images", where, "get the image again, as a docker-archive")
        configs: dict[str, tuple[bytes, ImageConfig]] = {}
        return tuple(self._read_image(entry, where, configs) for entry in manifest)

    def _read_image(self, entry: Any, where: str, configs: dict[str, tuple[bytes, ImageConfig]]) -> ArchivedImage:
        """configs: what was read already, by member: a manifest may name one config many times."""
        fields = Fields(entry)
        config_member, layers, repo_tags = fields.text("Config"), fields.texts("Layers"), fields.texts("RepoTags")
        fields.check(where)
        for layer in layers:
            self._files.check(layer)
        config_where = self.where(config_member)
        if config_member not in configs:
            data = self._read(config_member)
            configs[config_member] = data, ImageConfig.from_json(canonical_json.load(data, config_where), config_where)
        config_bytes, config = configs[config_member]
        if len(layers) != len(config.diff_ids):
            problem = f"{len(config.diff_ids)} diff IDs for {len(layers)} layers"
            raise InvalidImage(problem, config_where, "config and manifest.json do not belong together")
        return ArchivedImage(config, config_bytes, repo_tags, layers)
