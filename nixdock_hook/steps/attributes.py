"""What Nix hands to a step: `.attrs.json` of a derivation with structured attributes (nix/internal/run-step.nix)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Attributes:
    """One derivation's input.

    spec: the step's own arguments. out: the path to make. graphs: the closures that were asked for, as Nix wrote them.
    """

    spec: dict[str, Any]
    out: str
    graphs: dict[str, Any]

    def tag(self) -> str:
        """Return the spec's tag; without one, like dockerTools, the hash part of the output's store path."""
        return self.spec["tag"] or os.path.basename(self.out).partition("-")[0]


def read_attributes() -> Attributes:
    """Read the attributes of the derivation that runs, and put the step's tools on PATH.

    `out` is set too, for scripts: Nix sets it only where attributes are not structured.
    Nix 2.8 sets NIX_ATTRS_JSON_FILE to a path that does not exist inside the sandbox; there the file is at the top.
    """
    candidates = [os.environ.get("NIX_ATTRS_JSON_FILE", ""), os.environ.get("NIX_BUILD_TOP", "") + "/.attrs.json"]
    path = next((path for path in candidates if os.path.exists(path)), None)
    if path is None:
        raise InvalidInput(
            "there is no .attrs.json", "the build directory", "steps run in derivations: see run-step.nix"
        )
    attributes = canonical_json.read_file(path, "report it with the version of Nix", MOST_OF_OURS)
    os.environ.update(PATH=":".join(attributes["path"]), out=attributes["outputs"]["out"])
    names = attributes.get("exportReferencesGraph", {})
    return Attributes(attributes["spec"], attributes["outputs"]["out"], {name: attributes[name] for name in names})
