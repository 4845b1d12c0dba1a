"""Bills of materials, made by hand, and what the field's own validators say of documents."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nixdock_hook.insight.sbom.components import bill_of
from nixdock_hook.insight.sbom.model import Bill, DescribedImage, PlacedPath
from nixdock_hook.insight.sbom.package_meta import PackageMeta

from .tools import lacking

HELLO, LIBC, CONF = (
    f"/nix/store/{letter * 32}-{name}" for letter, name in zip("abc", ("hello-2.10", "glibc-2.36", "conf"), strict=True)
)
LAYERS = tuple(f"sha256:{digit * 64}" for digit in "12")


def image(**changes: Any) -> DescribedImage:
    """hello, and the glibc that it needs, in two layers."""
    paths = (
        PlacedPath(HELLO, LAYERS[1], "sha256:" + 52 * "0", 100, (LIBC,)),
        PlacedPath(LIBC, LAYERS[0], "sha256:" + 52 * "1", 200, ()),
    )
    plain = {"name": "team/app", "tag": "1", "created": "2024-05-02T10:11:12Z", "config": {}, "paths": paths}
    return DescribedImage(**{**plain, "layers": LAYERS, "config_digest": "sha256:" + 64 * "3", **changes})


def bill(described: DescribedImage | None = None, meta: Mapping[str, PackageMeta] | None = None) -> Bill:
    """The bill of an image. meta: of the `out` of packages."""
    stated = {path: ("out", package) for path, package in (meta or {}).items()}
    return bill_of(described or image(), stated, {})


def properties(component: Mapping[str, Any]) -> dict[str, str]:
    """The properties of a CycloneDX component, which have each name once."""
    return {one["name"]: one["value"] for one in component.get("properties", [])}


def components(document: bytes) -> dict[str, Any]:
    """The components of a CycloneDX document, by their store paths."""
    return {one["bom-ref"]: one for one in json.loads(document)["components"]}


def cyclonedx_problem(document: bytes) -> object:
    """What cyclonedx-python-lib says is wrong with a document of CycloneDX 1.6, formats of URLs included; or None."""
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        lacking("there is no cyclonedx-python-lib here")
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode())


def spdx_problems(document: bytes) -> list[str]:
    """What spdx-tools says is wrong with a document of SPDX 2.3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own dependencies
            from spdx_tools.spdx.parser.parse_anything import parse_file
            from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    except ImportError:
        lacking("there is no spdx-tools here")
    with TemporaryDirectory() as directory:
        file = Path(directory) / "image.spdx.json"
        file.write_bytes(document)
        return [message.validation_message for message in validate_full_spdx_document(parse_file(str(file)))]
