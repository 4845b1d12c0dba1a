"""How a registry is reached, and by whom."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import InvalidInput
from ..store.place import STORE


@dataclass(frozen=True, slots=True)
class Access:
    """What goes with every question to a registry.

    tls_verify: False also allows plain HTTP.
    auth_file: docker's config.json or containers' auth.json; None: for skopeo its user's own, else no credentials.
    environment: of the programs that ask, with proxies and SSL_CERT_FILE; None for this process's own.
    """

    tls_verify: bool = True
    auth_file: str | None = None
    environment: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput for an auth file in the store, where everybody can read what is in it."""
        if self.auth_file and os.path.realpath(self.auth_file).startswith(f"{STORE}/"):
            remedy = "keep it outside, name it by its path as a string, and log in anew: the store has what was in it"
            raise InvalidInput("authFile is in the Nix store, where every user can read it", self.auth_file, remedy)
