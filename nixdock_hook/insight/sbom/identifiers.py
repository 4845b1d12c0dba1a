"""Names by which databases know a package: package URLs, CPEs, SPDX's licences.

Nothing is guessed: a CPE's vendor comes from the expression, or is any (`*`), and then the CPE is a candidate only.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from urllib.parse import quote

from .model import Component
from .package_meta import Licence

_CPE = re.compile(r"cpe:2\.3:[aho*-](?::(?:\\[!-/:-@\[-`{-~]|[\w.*?-])+){10}", re.ASCII)
_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]*/[^\s/][^\s]*", re.ASCII)
_UNQUOTED = re.compile(r"[^\w.-]", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#]+[^\s]*", re.IGNORECASE)


def purl(component: Component) -> str:
    """Return the package URL of type `nix`, which purl-spec lists as a candidate: pkg:nix/NAME@VERSION?output=OUTPUT.

    The namespace `nixpkgs` is that of packages whose definition is in nixpkgs.
    """
    namespace = "nixpkgs/" if component.meta.is_of_nixpkgs else ""
    version = f"@{quote(component.version, safe='')}" if component.version else ""
    output = "" if component.output in ("", "out") else f"?output={quote(component.output, safe='')}"
    return f"pkg:nix/{namespace}{quote(component.name, safe='')}{version}{output}"


def source_purls(component: Component) -> tuple[str, ...]:
    """Return the package URLs of what the package was built from, as far as the expression states some."""
    return tuple(filter(_PURL.fullmatch, component.meta.purls))


def cpe(component: Component) -> str:
    """Return the CPE that the expression states, "" where it states none in the form of CPE 2.3."""
    return component.meta.cpe if _CPE.fullmatch(component.meta.cpe) else ""


def cpe_candidates(component: Component) -> tuple[str, ...]:
    """Return CPEs that may be right: the expression's possible ones, else the package's name of any vendor."""
    if cpe(component):
        return ()
    stated = tuple(filter(_CPE.fullmatch, component.meta.possible_cpes))
    if stated or not component.version:
        return stated
    product, version = (_UNQUOTED.sub(r"\\\g<0>", text.lower()) for text in (component.name, component.version))
    anybodys = f"cpe:2.3:a:*:{product}:{version}:*:*:*:*:*:*:*"
    return (anybodys,) if _CPE.fullmatch(anybodys) else ()


def spdx_id(licence: Licence) -> str:
    """Return the id of a licence on SPDX's list, "" where it is not on it."""
    return licence.spdx_id if licence.spdx_id in _spdx_ids() else ""


def licence_name(licence: Licence) -> str:
    """Return the name of a licence that is not on SPDX's list, "" where it has none."""
    return licence.name or licence.spdx_id


def url(text: str) -> str:
    """Return a URL as RFC 3986 has it, "" where a text is none."""
    quoted = quote(text.strip(), safe="%/:?#@!$&'()*+,;=~")
    return quoted if _URL.fullmatch(quoted) else ""


def url_path(name: str) -> str:
    """Return the name of a file as a relative reference."""
    return quote(name, safe="")


@cache
def _spdx_ids() -> frozenset[str]:
    with open(os.path.join(os.path.dirname(__file__), "spdx_licenses.json"), "rb") as file:
        return frozenset(json.load(file)["licenses"])
