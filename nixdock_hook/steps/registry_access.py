"""How a derivation reaches a registry: what of its spec and of its environment says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidInput
from ..registries.access import Access


def read_access(spec: Mapping[str, Any]) -> Access:
    """Read tlsVerify, authFile and caBundle of a spec. Raises InvalidInput where the auth file cannot be read.

    The administrator's own bundle comes first: a proxy that opens TLS has a CA which no package set knows.
    """
    auth_file: str | None = spec["authFile"]
    if auth_file is not None and not os.access(auth_file, os.R_OK):
        missing = "is not in the sandbox" if not os.path.exists(auth_file) else "may not be read by the builder"
        remedy = f"extra-sandbox-paths = {auth_file} in nix.conf, and let the group nixbld read it"
        raise InvalidInput(f"authFile {missing}", auth_file, remedy)
    bundle = os.environ.get("NIX_SSL_CERT_FILE", "")
    bundle = bundle if os.path.isfile(bundle) else spec["caBundle"]
    # No home: what skopeo keeps there (caches, other people's configuration) has no place in a build.
    environment = os.environ | {"SSL_CERT_FILE": bundle, "HOME": os.environ["TMPDIR"]}
    return Access(spec["tlsVerify"], auth_file, environment)
