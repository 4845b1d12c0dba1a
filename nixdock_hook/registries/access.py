"""How a registry is reached, and by whom."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urlsplit

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..inputs import check_file
from ..oci.reference import is_this_machine
from ..store.place import STORE


@dataclass(frozen=True, slots=True)
class Access:
    """What goes with every question to a registry.

    tls_verify: False also allows plain HTTP.
    auth_file: docker's config.json or containers' auth.json; None: for skopeo its user's own, else no credentials.
    environment: of the programs that ask, with proxies and SSL_CERT_FILE; None for this process's own.
    login: USER:PASSWORD, instead of what the files say. certificates: a directory as those of certs.d, before them.
    in_build: whether errors speak of arguments in Nix, not of options.
    """

    tls_verify: bool = True
    auth_file: str | None = None
    environment: Mapping[str, str] | None = None
    login: str | None = None
    certificates: str | None = None
    in_build: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidInput for an auth file in the store, where everybody can read what is in it, and for no files.

        skopeo, too, would wait for ever for what a pipe might give. Raises OSError for certificates in no directory.
        """
        if self.auth_file and os.path.realpath(self.auth_file).startswith(f"{STORE}/"):
            remedy = "keep it outside, name it by its path as a string, and log in anew: the store has what was in it"
            raise InvalidInput("authFile is in the Nix store, where every user can read it", self.auth_file, remedy)
        named = (self.environment or {}).get
        for path in (self.auth_file, named("REGISTRY_AUTH_FILE"), named("SSL_CERT_FILE")):
            if path and path != os.devnull and os.path.exists(path):
                check_file(path)
        if self.certificates:
            _certificates(self.certificates)


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
        return Access(self.tls_verify, file, {**environment, **changes}, in_build=True)


def port_of(url: SplitResult) -> int:
    """Return the port of a URL of http or https, whether or not the URL says it."""
    return url.port or {"http": 80, "https": 443}[url.scheme]


def proxy_for(url: SplitResult, environment: Mapping[str, str]) -> SplitResult | None:
    """Return the proxy for a URL, as Go's programs, thus skopeo and docker, find it; none for this machine itself.

    environment: with http_proxy, https_proxy, all_proxy and no_proxy, or the same in capitals.
    Raises InvalidInput for a proxy that does not speak plain HTTP.
    """

    def said(name: str) -> str:
        return environment.get(name) or environment.get(name.upper()) or ""

    name = f"{url.scheme}_proxy" if said(f"{url.scheme}_proxy") else "all_proxy"
    proxy = said(name)
    if not proxy or is_this_machine(url.netloc) or _is_excepted(url, said("no_proxy")):
        return None
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        usable = parts.scheme == "http" and parts.hostname and (parts.port is None or parts.port)
    except ValueError:  # brackets that hold no address, a port that is no number
        usable = False
    if not usable:  # NB: it may have a password, so it is not shown
        raise InvalidInput(
            "no proxy that can be used", f"${name}", "http://[USER:PASSWORD@]HOST:PORT, or --with skopeo"
        )
    return parts


def _is_excepted(url: SplitResult, no_proxy: str) -> bool:
    """Tell whether one of the words of no_proxy is for a URL: a name with all below it, an address, or a network."""
    host, port = url.hostname or "", str(port_of(url))
    for word in filter(None, (word.strip().lower() for word in no_proxy.split(","))):
        if word == "*" or _is_in_network(host, word):
            return True
        name, _, only = word.rpartition(":")
        if not only.isdecimal() or (":" in name and not name.endswith("]")):  # a port is no end of an address
            name, only = word, ""
        name = name.strip("[]").removeprefix("*")
        is_named = host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")
        if is_named and only in ("", port):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    if "/" not in network:
        return False
    from ipaddress import ip_address, ip_network  # seldom wanted

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


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
    directories = [access.certificates or "", *(f"{place}/{host}" for place in places if host)]
    for directory in filter(os.path.isdir, directories):
        for path in _certificates(directory):
            _add(context, path)
    return context


def _certificates(directory: str) -> list[str]:
    """The paths of the certificates and keys in a directory. Raises OSError where it is none, and as `check_file`."""
    names = os.listdir(directory)
    paths = sorted(f"{directory}/{name}" for name in names if name.endswith((".crt", ".cert", ".key")))
    for path in filter(os.path.exists, paths):
        check_file(path)
    return paths


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
