"""What Nix's expressions say about packages: `meta`, as nix/internal/package-meta.nix collected it at evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...documents.fields import Fields
from ...errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence. spdx_id: as the expression says it, "" where it says none. name: its name, "" likewise."""

    spdx_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PackageMeta:
    """One package, whichever of its outputs is meant; all that is not known is empty.

    name, version: pname and version. position: FILE:LINE of its definition, relative to the package set's files.
    cpe, possible_cpes, purls: of `meta.identifiers`; purls are those of the package's source.
    """

    name: str = ""
    version: str = ""
    licences: tuple[Licence, ...] = ()
    homepage: str = ""
    description: str = ""
    position: str = ""
    is_of_nixpkgs: bool = False
    is_program: bool = False
    cpe: str = ""
    possible_cpes: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()


def read_package_meta(values: Iterable[Any]) -> dict[str, tuple[str, PackageMeta]]:
    """Return for each store path the output that it is, and its package.

    Raises InvalidInput, with all that is wrong, for what is no such list.
    """
    found: dict[str, tuple[str, PackageMeta]] = {}
    for number, value in enumerate(values):
        fields = Fields(value, f"packages[{number}]")
        meta = PackageMeta(
            name=fields.text("name"),
            version=fields.optional_text("version") or "",
            licences=tuple(
                Licence(one.optional_text("spdxId") or "", one.optional_text("name") or "")
                for one in fields.inners("licenses")
            ),
            homepage=fields.optional_text("homepage") or "",
            description=fields.optional_text("description") or "",
            position=fields.optional_text("position") or "",
            is_of_nixpkgs=fields.flag("isOfNixpkgs"),
            is_program=fields.flag("isProgram"),
            cpe=fields.optional_text("cpe") or "",
            possible_cpes=fields.texts("possibleCPEs"),
            purls=fields.texts("purls"),
        )
        for output, path in fields.text_mapping("outputs").items():
            found.setdefault(path, (output, meta))
        fields.check("the packages' meta", "report it with the expression", InvalidInput)
    return found
