"""From a reference to one manifest: tag → digest → the manifest of a platform."""

from __future__ import annotations

from collections.abc import Iterable

from ..documents import canonical_json
from ..errors import NotFound
from ..oci.digest import digest_of
from ..oci.model import Descriptor, ImageConfig, Index, Platform
from ..oci.reference import RemoteReference
from .access import Access
from .errors import altered
from .lock import Lock, read_usable_manifest
from .skopeo import raw_config, raw_manifest


def resolve(reference: RemoteReference, os: str, architecture: str, access: Access) -> Lock:
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


def _of_platform(index: Index, os: str, architecture: str, reference: RemoteReference) -> tuple[Descriptor, Platform]:
    # Attestations stand among the images, for the platform unknown/unknown.
    there = [(entry, entry.platform) for entry in index.manifests if entry.platform and entry.platform.os != "unknown"]
    fitting = [pair for pair in there if (pair[1].os, pair[1].architecture) == (os, architecture)]
    if not fitting:
        raise _no_platform(os, architecture, [platform for _, platform in there], reference)
    return max(fitting, key=lambda pair: pair[1].variant or "")


def _no_platform(os: str, architecture: str, there: Iterable[Platform], reference: RemoteReference) -> NotFound:
    names = dict.fromkeys(map(str, there))
    remedy = f"it has {', '.join(names) or 'none'}: choose with --os, --arch"
    return NotFound(f"there is no image for {os}/{architecture}", reference, remedy)
