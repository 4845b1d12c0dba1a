"""How a registry is reached, and by whom."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..store.place import STORE


@dataclass(frozen=True, slots=True)
class Access:
    """What goes with every question to a registry.

    tls_verify: False also allows plain HTTP.
    auth_file: docker's config.json or containers' auth.json; None: for skopeo its user's own, else no credentials.
    environment: of the programs that ask, with proxies and SSL_CERT_FILE; None for this process's own.
    login: USER:PASSWORD, instead of what the files say. certificates: a directory as those of certs.d, before them.
    """

    tls_verify: bool = True
    auth_file: str | None = None
    environment: Mapping[str, str] | None = None
    login: str | None = None
    certificates: str | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput for an auth file in the store, where everybody can read what is in it."""
        if self.auth_file and os.path.realpath(self.auth_file).startswith(f"{STORE}/"):
            remedy = "keep it outside, name it by its path as a string, and log in anew: the store has what was in it"
            raise InvalidInput("authFile is in the Nix store, where every user can read it", self.auth_file, remedy)


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


def trust(access: Access, host: str = "", ca_bundle: str | None = None) -> ssl.SSLContext:
    """Return the TLS context for HOST[:PORT]: what it trusts, and the certificates of its user's own.

    ca_bundle: PEM file with the certificates to trust; None for the system's. A host's are also those of the
    directories that containers-certs.d(5) names: CAs *.crt, our own *.cert with the key of the same name, *.key.
    Raises InvalidInput for such a file that is none.
    """
    context = ssl.create_default_context(cafile=ca_bundle)
    if not access.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    home = (access.environment or {}).get("HOME") or os.path.expanduser("~")
    places = [f"{home}/.config/containers/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d"]
    for directory in filter(None, (access.certificates, *(f"{place}/{host}" for place in places if host))):
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
            _add(context, f"{directory}/{name}")
    return context


def _add(context: ssl.SSLContext, path: str) -> None:
    stem, ending = os.path.splitext(path)
    try:
        if ending == ".crt":
            context.load_verify_locations(path)
        elif ending == ".cert":
            context.load_cert_chain(path, f"{stem}.key")
    except OSError as error:  # an ssl.SSLError is one, too
        remedy = "it is a certificate in PEM, *.crt a CA's; a *.cert has its key beside it, *.key"
        raise InvalidInput(f"no usable certificate ({error.strerror or error})", path, remedy) from error
