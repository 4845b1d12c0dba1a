"""How a derivation reaches a registry: what of its spec and of its environment says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from .access import Access


@dataclass(frozen=True, slots=True)
class BuildAccess:
    """The part of a spec that says how a registry is reached.

    auth_file: None, or a path that the sandbox shows. ca_bundle: PEM file of the package set's certificates.
    """

    tls_verify: bool
    auth_file: str | None
    ca_bundle: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.flag("tlsVerify"), fields.optional_text("authFile"), fields.text("caBundle"))

    def within(self, environment: Mapping[str, str]) -> Access:
        """Return the access of a build with this environment. Raises InvalidInput where the auth file cannot be read.

        The administrator's own bundle comes first: a proxy that opens TLS has a CA which no package set knows.
        """
        file = self.auth_file
        if file is not None and not os.access(file, os.R_OK):
            missing = "is not in the sandbox" if not os.path.exists(file) else "may not be read by the builder"
            remedy = f"extra-sandbox-paths = {file} in nix.conf, and let the group nixbld read it"
            raise InvalidInput(f"authFile {missing}", file, remedy)
        bundle = environment.get("NIX_SSL_CERT_FILE", "")
        bundle = bundle if os.path.isfile(bundle) else self.ca_bundle
        # No home: what skopeo keeps there (caches, other people's configuration) has no place in a build.
        changes = {"SSL_CERT_FILE": bundle, "HOME": environment["TMPDIR"]}
        return Access(self.tls_verify, file, {**environment, **changes})
