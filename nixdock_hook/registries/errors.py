"""What goes wrong between us and a registry, as errors that say what to do about it.

`explain` knows the words of skopeo 1.9 to 1.18, of Go's standard library below it, and of registries.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..clients import last_words
from ..errors import InvalidImage, NixdockError, NotFound, ProgramFailed
from ..oci.reference import registry_host
from ..oci.usable import USABLE
from .access import Access


def explain(messages: bytes, reference: str, access: Access) -> NixdockError:
    """Return the error for what skopeo wrote to stderr about a reference."""
    words = last_words(messages)
    for pattern, error in _ERRORS:
        if re.search(pattern, words):
            return error(_cause(words), reference, access)
    return ProgramFailed(f"skopeo failed ({words})", reference, "ask it by hand: skopeo inspect docker://REFERENCE")


def plain_http(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that the registry does not speak TLS."""
    remedy = "if you trust the network say tlsVerify = false (--tls-verify=false)"
    return ProgramFailed("a plain HTTP registry where TLS was expected", reference, remedy)


def untrusted(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that the registry's certificate is signed by nobody we know, or is another host's."""
    remedy = "add its CA to the package set's cacert, name a bundle in NIX_SSL_CERT_FILE, or say tlsVerify = false"
    return ProgramFailed(f"the registry's TLS certificate is not trusted ({cause})", reference, remedy)


def unauthorized(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that the registry wants to know who asks (401, 403), and which file was read, if there was one."""
    if access.auth_file:
        host = registry_host(reference)
        remedy = f"{access.auth_file} was read, log in again: skopeo login --authfile {access.auth_file} {host}"
        return ProgramFailed("the registry refuses the credentials it got", reference, remedy)
    remedy = 'make a file with skopeo login --authfile, and give it as authFile = "/PATH" (--authfile)'
    what = "the registry wants credentials, or has no such name; no authFile was given"
    return ProgramFailed(what, reference, remedy)


def not_found(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that the registry has no such manifest or blob (404)."""
    return NotFound("the registry has no such image", reference, "check the name, and the tag or digest")


def altered(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that what came is not what the digest says."""
    remedy = "the registry or a proxy altered it: ask again, or another registry"
    return InvalidImage(f"what came has another digest than was asked for ({cause})", reference, remedy)


def unreachable(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that there was no answer at all."""
    remedy = "check the host's name and the network, and http_proxy, https_proxy of the builder (of the Nix daemon)"
    return ProgramFailed(f"cannot reach the registry ({cause})", reference, remedy)


def nonsense(cause: str, reference: str, access: Access) -> NixdockError:
    """Refuse an answer that no registry should give: redirects to nowhere, a body without an end."""
    remedy = "do not trust it: ask its operator, or another registry"
    return ProgramFailed(f"the registry's answer makes no sense ({cause})", reference, remedy)


def unusable(cause: str, reference: str, access: Access) -> NixdockError:
    """Refuse an image of a kind that is too old, or not for everybody."""
    return InvalidImage(f"an image of a kind that cannot be used ({cause})", reference, USABLE)


def needs_lock(cause: str, reference: str, access: Access) -> NixdockError:
    """Say that the image can be pulled, but not into a docker-archive: skopeo 1.9 writes none from zstd layers."""
    remedy = f"pin it by a lock file: nixdock lock {reference} > FILE, then pullImage {{ lock = ./FILE; }}"
    return ProgramFailed("this skopeo makes no docker-archive of layers compressed with zstd", reference, remedy)


_ERRORS: tuple[tuple[str, Callable[[str, str, Access], NixdockError]], ...] = (
    (r"gave HTTP response to HTTPS", plain_http),
    (r"zstd compression is not supported for docker images", needs_lock),
    (r"x509|failed to verify certificate", untrusted),
    # Not "permission denied", which is about a file here.
    (r"unauthorized|: denied\b|to the resource is denied|status code 40[13]|invalid username/password", unauthorized),
    (r"manifest unknown|name unknown|name invalid|status code 404", not_found),
    (r"does not match provided manifest digest|did not match, expected", altered),
    (r"no such host|dial tcp|proxyconnect|i/o timeout|context deadline exceeded|connection reset", unreachable),
    (r"decrypt|[Uu]nsupported schema|[Uu]nsupported manifest|[Uu]nimplemented manifest MIME", unusable),
)


def _cause(words: str) -> str:
    """The end of a chain of messages, which is where it began: behind the URL, if there is one."""
    return words.rpartition('": ')[2] if '": ' in words else words.rpartition(": ")[2]
