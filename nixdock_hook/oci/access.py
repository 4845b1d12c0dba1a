"""How a registry is reached, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
