"""From a reference to one manifest: tag → digest → the manifest of a platform."""

from __future__ import annotations

from collections.abc import Iterable

from ..documents import canonical_json
from ..errors import NotFound
from ..oci.digest import digest_of
from ..oci.model import Descriptor, ImageConfig, Index, Platform, best_variant
from ..oci.reference import Reference
from ..oci.usable import read_usable_manifest
from .access import Access
from .errors import altered
from .lock import Lock
from .skopeo import raw_config, raw_manifest


def resolve(reference: Reference, os: str, architecture: str, access: Access) -> Lock:
    """Ask a registry what a reference stands for now, on one platform.

    Of several variants of an architecture the highest is taken. Raises NotFound, which lists the platforms that are
    there, and InvalidImage for a kind of image that cannot be used; the registry's own refusals as in `remote`.
    """
    data = _checked(raw_manifest(str(reference), access), reference.digest, str(reference), access)
    value = canonical_json.load(data, reference)
    if not isinstance(value, dict) or "manifests" not in value:
        manifest = read_usable_manifest(data, str(reference))
        config_reference = f"{reference.name}@{digest_of(data)}"
        config = canonical_json.load(raw_config(config_reference, access), config_reference)
        platform = ImageConfig.from_json(config, f"{config_reference}, config {manifest.config.digest}").platform
        if (platform.os, platform.architecture) != (os, architecture):
            raise _no_platform(os, architecture, [platform], reference)
        return Lock(str(reference), platform, None, data.decode())
    chosen, platform = _of_platform(Index.from_json(value, reference), os, architecture, reference)
    inner = f"{reference.name}@{chosen.digest}"
    found = _checked(raw_manifest(inner, access), chosen.digest, inner, access)
    read_usable_manifest(found, inner)
    return Lock(str(reference), platform, digest_of(data), found.decode())


def _checked(data: bytes, digest: str | None, reference: str, access: Access) -> bytes:
    if digest and digest_of(data) != digest:
        raise altered(f"expected {digest}, got {digest_of(data)}", reference, access)
    return data


def _of_platform(index: Index, os: str, architecture: str, reference: Reference) -> tuple[Descriptor, Platform]:
    fitting = [entry for entry in index.for_platform(os, architecture) if entry.platform]
    if not fitting:
        raise _no_platform(os, architecture, index.platforms(), reference)
    chosen = best_variant(fitting)
    assert chosen.platform
    return chosen, chosen.platform


def _no_platform(os: str, architecture: str, there: Iterable[object], reference: Reference) -> NotFound:
    remedy = f"it has {', '.join(map(str, there)) or 'none'}: choose with --os, --arch"
    return NotFound(f"there is no image for {os}/{architecture}", reference, remedy)
