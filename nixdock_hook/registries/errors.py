"""What goes wrong between us and a registry, as errors that say what to do about it: in the same words, whoever asks.

`explained` knows the words of skopeo 1.9 to 1.18, of Go's standard library below it, and of registries.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from email.message import Message
from typing import TYPE_CHECKING

from ..clients import last_words
from ..errors import InvalidImage, NixdockError, NotFound, ProgramFailed
from ..oci.reference import registry_host
from ..oci.usable import USABLE
from .access import Access
from .bounded_answers import speaks_no_tls

if TYPE_CHECKING:
    from .connection import Answer

Explanation = Callable[[str, str, Access], NixdockError]
"""Of a cause (what was said), and what was asked for with which access, the error."""


def _sentence(what: str, remedy: str, in_build: str = "", kind: type[NixdockError] = ProgramFailed) -> Explanation:
    """Return what makes an error of a kind. in_build: the remedy where the access is a build's, if that is another."""

    def explanation(cause: str, reference: str, access: Access) -> NixdockError:
        words = {"cause": cause, "reference": reference, "host": registry_host(reference), "file": access.auth_file}
        helps = in_build if in_build and access.in_build else remedy
        return kind(what.format_map(words), reference, helps.format_map(words))

    return explanation


plain_http = _sentence(
    "a plain HTTP registry where TLS was expected",
    "if you trust the network: --tls-verify=false",
    "if you trust the network: tlsVerify = false",
)
untrusted = _sentence(
    "the registry's TLS certificate is not trusted ({cause})",
    "put its CA into /etc/containers/certs.d/{host}/ca.crt, or --tls-verify=false",
    "add its CA to the package set's cacert, name a bundle in NIX_SSL_CERT_FILE, or say tlsVerify = false",
)
_unknown = _sentence(
    "the registry wants credentials, or has no such name ({cause})",
    "log in first: skopeo login {host}, or give --authfile",
    'make a file with skopeo login --authfile, and give it as authFile = "/PATH"',
)
_REFUSED = "the registry refuses the credentials, or does not let them do this ({cause})"
_refused = _sentence(_REFUSED, "log in with others: skopeo login {host}, or --authfile")
_refused_of_file = _sentence(_REFUSED, "{file} was read, log in again: skopeo login --authfile {file} {host}")
not_found = _sentence("the registry has no such image", "check the name, and the tag or digest", kind=NotFound)
no_repository = _sentence(
    "the registry has no such repository, and makes none", "create it first, or check the name", kind=NotFound
)
rate_limited = _sentence("rate limit reached (429)", "try again {cause}, or log in")
unexpected = _sentence("the registry answers {cause}", "try again later, or ask its operator")
altered = _sentence(
    "what came has another digest than was asked for ({cause})",
    "the registry or a proxy altered it: ask again, or another registry",
    kind=InvalidImage,
)
unreachable = _sentence(
    "cannot reach the registry ({cause})",
    "check the host's name, the network, and http_proxy, https_proxy",
    "check the host's name and the network, and http_proxy, https_proxy of the builder (of the Nix daemon)",
)
# Of redirects to nowhere, a body without an end.
nonsense = _sentence(
    "the registry's answer makes no sense ({cause})", "do not trust it: ask its operator, or another registry"
)
# Too old, or not for everybody.
unusable = _sentence("an image of a kind that cannot be used ({cause})", USABLE, kind=InvalidImage)
# It can be pulled, but not into a docker-archive: skopeo 1.9 writes none from zstd layers.
needs_lock = _sentence(
    "this skopeo makes no docker-archive of layers compressed with zstd",
    "pin it by a lock file: nixdock lock {reference} > FILE, then pullImage {{ lock = ./FILE; }}",
)


def unauthorized(cause: str, reference: str, access: Access, has_login: bool = False) -> NixdockError:
    """Return the error for a registry that wants to know who asks (401), or lets somebody else do this (403).

    has_login: whether it was told who asks; a login or a file of credentials that was given counts as that.
    """
    if access.auth_file and access.login is None:
        return _refused_of_file(cause, reference, access)
    is_known = has_login or access.login is not None
    return (_refused if is_known else _unknown)(cause, reference, access)


def refused(answer: Answer, reference: str, access: Access, has_login: bool = False) -> NixdockError:
    """Return the error for an answer that is not what was hoped for. has_login: as in `unauthorized`."""
    if answer.status in (401, 403):
        return unauthorized(str(answer.status), reference, access, has_login)
    if answer.status == 429:
        wait = retry_after(answer.headers)
        return rate_limited("later" if wait is None else f"in {wait:.0f} s", reference, access)
    said = answer.body.decode(errors="replace")
    return unexpected(f"{answer.status} ({said:.300})" if said else str(answer.status), reference, access)


def without_answer(error: Exception, reference: str, access: Access) -> NixdockError:
    """Return the error for a connection that broke, or could not be made, or brought what makes no sense."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(error.verify_message, reference, access)
    if speaks_no_tls(error):
        return plain_http("", reference, access)
    explanation = unreachable if isinstance(error, OSError) else nonsense
    return explanation(str(error) or type(error).__name__, reference, access)


def explain(messages: bytes, reference: str, access: Access) -> NixdockError:
    """Return the error for what skopeo wrote to stderr about a reference."""
    words = last_words(messages)
    remedy = "ask it by hand: skopeo inspect docker://REFERENCE"
    return explained(words, reference, access) or ProgramFailed(f"skopeo failed ({words})", reference, remedy)


def explained(words: str, reference: str, access: Access) -> NixdockError | None:
    """Return the error for what skopeo said of a reference, None where it is not known."""
    for pattern, explanation in _ERRORS:
        if re.search(pattern, words):
            return explanation(_cause(words), reference, access)
    return None


_ERRORS: tuple[tuple[str, Explanation], ...] = (
    (r"gave HTTP response to HTTPS", plain_http),
    (r"zstd compression is not supported for docker images", needs_lock),
    (r"x509|failed to verify certificate", untrusted),
    (r"toomanyrequests|status code 429|429 Too Many Requests", lambda _, *asked: rate_limited("later", *asked)),
    # Not "permission denied", which is about a file here.
    (r"unauthorized|: denied\b|to the resource is denied|status code 40[13]|invalid username/password", unauthorized),
    (r"manifest unknown|name unknown|name invalid|status code 404", not_found),
    (r"does not match provided manifest digest|did not match, expected", altered),
    (r"no such host|dial tcp|proxyconnect|i/o timeout|context deadline exceeded|connection reset", unreachable),
    (r"unexpected HTTP status|invalid status code from registry", unexpected),
    (r"decrypt|[Uu]nsupported schema|[Uu]nsupported manifest|[Uu]nimplemented manifest MIME", unusable),
)


def _cause(words: str) -> str:
    """The end of a chain of messages, which is where it began: behind the URL, if there is one."""
    return words.rpartition('": ')[2] if '": ' in words else words.rpartition(": ")[2]


def retry_after(headers: Message) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3), which is a number or a date; None where there is none."""
    value = str(headers.get("Retry-After", "")).strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    if not value:
        return None
    from datetime import UTC, datetime  # seldom wanted
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
