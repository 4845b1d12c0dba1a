"""The documents of the OCI image specification 1.1, as far as nixdock reads or writes them.

Every `from_json` raises InvalidImage, naming `where`, with all problems of the document at once. Fields that the
classes do not have are left out, so a document that is read and written again holds nothing nobody looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..documents.fields import Fields
from .config import checked_config, respell
from .digest import digest_field, digest_fields

CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
# Of our own: the specification has none for these, so they are never written into an image.
LAYER_XZ = "application/vnd.oci.image.layer.v1.tar+xz"
LAYER_BZIP2 = "application/vnd.oci.image.layer.v1.tar+bzip2"

UNKNOWN_STEP = "unknown: the base image has no history"

# Of an image's config, in the specification's spelling.
_FIELDS = ("architecture", "author", "config", "created", "history", "os", "rootfs", "variant")


def _present(**values: Any) -> dict[str, Any]:
    """The fields that have a value: optional ones are left out of a document, not written as null."""
    return {key: value for key, value in values.items() if value not in (None, "", (), [], {}, False)}


@dataclass(frozen=True, slots=True)
class Platform:
    """What a program needs to run: GOARCH and GOOS words, and the variant of the CPU (`v8`)."""

    architecture: str
    os: str
    variant: str | None = None

    @classmethod
    def take(cls, fields: Fields) -> Self:
        return cls(fields.text("architecture"), fields.text("os"), fields.optional_text("variant"))

    def __str__(self) -> str:
        """Write it as people do: linux/arm64/v8."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))

    def to_json(self) -> dict[str, Any]:
        return {"architecture": self.architecture, "os": self.os} | _present(variant=self.variant)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Names a blob: its media type, digest and size in bytes (descriptor.md).

    artifact_type: in a list of manifests, of one that is no image.
    """

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str | None = None

    @classmethod
    def take(cls, fields: Fields) -> Self:
        return cls(
            fields.text("mediaType"),
            digest_field(fields, "digest"),
            fields.count("size"),
            Platform.take(fields.inner("platform")) if "platform" in fields else None,
            fields.text_mapping("annotations"),
            fields.optional_text("artifactType"),
        )

    @property
    def is_attestation(self) -> bool:
        """True for what buildx says of an image and keeps beside it: where it comes from, what it is made of."""
        is_marked = self.annotations.get("vnd.docker.reference.type") == "attestation-manifest"
        return is_marked or (self.platform is not None and self.platform.os == "unknown")

    def to_json(self) -> dict[str, Any]:
        platform = self.platform.to_json() if self.platform else None
        required = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        optional = _present(platform=platform, annotations=dict(self.annotations), artifactType=self.artifact_type)
        return required | optional


@dataclass(frozen=True, slots=True)
class History:
    """One entry of a config's history; `empty_layer` = it made no layer (ENV, CMD)."""

    created: str | None = None
    created_by: str | None = None
    author: str | None = None
    comment: str | None = None
    empty_layer: bool = False

    @classmethod
    def take(cls, fields: Fields) -> Self:
        return cls(
            fields.optional_text("created"),
            fields.optional_text("created_by"),
            fields.optional_text("author"),
            fields.optional_text("comment"),
            fields.flag("empty_layer"),
        )

    def to_json(self) -> dict[str, Any]:
        return _present(
            created=self.created,
            created_by=self.created_by,
            author=self.author,
            comment=self.comment,
            empty_layer=self.empty_layer,
        )


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The image's configuration (config.md).

    config: the execution parameters (`Env`, `Cmd` …), known keys as `oci.config` spells them, the others verbatim.
    diff_ids: digests of the uncompressed layers, the lowest first; the same may occur twice.
    """

    platform: Platform
    diff_ids: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[History, ...] = ()
    created: str | None = None
    author: str | None = None

    @classmethod
    def from_json(cls, value: Any, where: object) -> Self:
        problems: list[str] = []
        if isinstance(value, dict):
            value = respell(value, _FIELDS, "", problems)
        fields = Fields(value, problems=problems)
        result = cls(
            Platform.take(fields),
            digest_fields(fields.inner("rootfs"), "diff_ids"),
            checked_config(fields.mapping("config"), problems),
            tuple(History.take(entry) for entry in fields.inners("history")),
            fields.optional_text("created"),
            fields.optional_text("author"),
        )
        fields.check(where)
        return result

    def to_json(self) -> dict[str, Any]:
        rootfs = {"type": "layers", "diff_ids": list(self.diff_ids)}
        optional = _present(
            created=self.created,
            author=self.author,
            history=[entry.to_json() for entry in self.history],
        )
        # `config` is optional too, but there are readers that expect it.
        return self.platform.to_json() | {"rootfs": rootfs, "config": dict(self.config)} | optional

    def full_history(self) -> tuple[History, ...]:
        """Return the history with exactly one entry that is not empty for each layer.

        Bases without history, or with one of another length, are common (`docker import`, squashed and merged
        images) and legal: the field is optional. But registries and podman refuse a history that does not fit. Which
        entry belongs to which layer cannot be told then, so all of it is replaced by one neutral entry per layer.
        """
        if sum(not entry.empty_layer for entry in self.history) == len(self.diff_ids):
            return self.history
        return (History(created=self.created, created_by=UNKNOWN_STEP),) * len(self.diff_ids)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image: its config and its layers, the lowest first (manifest.md)."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = MANIFEST

    @classmethod
    def from_json(cls, value: Any, where: object) -> Self:
        """Read an OCI manifest or docker's manifest of schema 2, which has the same fields."""
        fields = Fields(value)
        _check_schema_version(fields)
        _check_kind(fields, "manifests", "fsLayers")
        result = cls(
            Descriptor.take(fields.inner("config")),
            tuple(Descriptor.take(layer) for layer in fields.inners("layers")),
            fields.text_mapping("annotations"),
            fields.optional_text("mediaType") or MANIFEST,
        )
        fields.check(where)
        return result

    def to_json(self) -> dict[str, Any]:
        required = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "config": self.config.to_json(),
            "layers": [layer.to_json() for layer in self.layers],
        }
        return required | _present(annotations=dict(self.annotations))


@dataclass(frozen=True, slots=True)
class Index:
    """Several manifests, for several platforms or names (image-index.md)."""

    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = INDEX

    @classmethod
    def from_json(cls, value: Any, where: object) -> Self:
        """Read an OCI index or docker's manifest list, which has the same fields."""
        fields = Fields(value)
        _check_schema_version(fields)
        _check_kind(fields, "config", "layers", "fsLayers")
        result = cls(
            tuple(Descriptor.take(manifest) for manifest in fields.inners("manifests")),
            fields.text_mapping("annotations"),
            fields.optional_text("mediaType") or INDEX,
        )
        fields.check(where)
        return result

    def for_platform(self, os: str, architecture: str) -> tuple[Descriptor, ...]:
        """Return the images for a platform, of any variant, and those for which the index tells none; in order."""
        return tuple(
            entry
            for entry in self._images()
            if entry.platform is None or (entry.platform.os, entry.platform.architecture) == (os, architecture)
        )

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms that there are images for, each once."""
        return tuple(dict.fromkeys(str(entry.platform) for entry in self._images() if entry.platform))

    def _images(self) -> Iterator[Descriptor]:
        return (entry for entry in self.manifests if not entry.is_attestation)

    def to_json(self) -> dict[str, Any]:
        manifests = [manifest.to_json() for manifest in self.manifests]
        required = {"schemaVersion": 2, "mediaType": self.media_type, "manifests": manifests}
        return required | _present(annotations=dict(self.annotations))


def best_variant(entries: Iterable[Descriptor]) -> Descriptor:
    """Return the one for the highest variant of a CPU, the first of equals."""
    return max(entries, key=lambda entry: (entry.platform and entry.platform.variant) or "")


def _check_schema_version(fields: Fields) -> None:
    version = fields.count("schemaVersion")
    if "schemaVersion" in fields and version != 2:
        fields.complain("schemaVersion", f"is {version}, not 2")


def _check_kind(fields: Fields, *of_others: str) -> None:
    """Refuse a document that is also of another kind: readers differ about which it is (CVE-2021-41190)."""
    for key in of_others:
        if key in fields:
            fields.complain(key, "makes this a document of two kinds")
