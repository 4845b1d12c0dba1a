"""What Nix hands to a step: `.attrs.json` of a derivation with structured attributes (nix/internal/run-step.nix)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from ..documents import canonical_json
from ..documents.canonical_json import MOST_OF_OURS
from ..documents.fields import ExactFields, Fields
from ..errors import InvalidInput
from ..store.closure import PathInfo, parse_structured

_REPORT = "report it with the version of Nix"
_ONE_VERSION = "take the Nix files and nixdock_hook of one version of nixdock"

Graphs = Mapping[str, Sequence[PathInfo]]
"""The closures that a derivation asked for, by the names that it gave them."""


class Spec(Protocol):
    """A step's own arguments, as a frozen dataclass. Each step's module has one, called Spec."""

    @classmethod
    def take(cls, fields: ExactFields, /) -> Self:
        """Read them. What has the wrong form is noted in `fields`; what a user gave wrong is raised as InvalidInput."""


AnySpec = TypeVar("AnySpec", bound=Spec)


@dataclass(frozen=True, slots=True)
class Attributes:
    """One derivation's input.

    spec: the step's own arguments, to be read by `read_spec`. out: the path to make. graphs: see `Graphs`.
    path: what PATH has to be for the step's tools to be found.
    """

    spec: Any
    out: str
    graphs: Graphs
    path: str


def read_attributes() -> Attributes:
    """Read the attributes of the derivation that runs.

    Nix 2.8 sets NIX_ATTRS_JSON_FILE to a path that does not exist inside the sandbox; there the file is at the top.
    """
    candidates = [os.environ.get("NIX_ATTRS_JSON_FILE", ""), os.environ.get("NIX_BUILD_TOP", "") + "/.attrs.json"]
    file = next((path for path in candidates if os.path.exists(path)), None)
    if file is None:
        raise InvalidInput(
            "there is no .attrs.json", "the build directory", "steps run in derivations: see run-step.nix"
        )
    fields = Fields(canonical_json.read_file(file, _REPORT, MOST_OF_OURS))
    out = fields.inner("outputs").text("out")
    graphs = {name: parse_structured(fields.values(name)) for name in fields.mapping("exportReferencesGraph")}
    attributes = Attributes(fields.value("spec"), out, graphs, ":".join(fields.texts("path")))
    fields.check(file, _REPORT, InvalidInput)
    return attributes


def read_spec(kind: type[AnySpec], step: str, value: Any) -> AnySpec:
    """Read the arguments of a step. Raises InvalidInput for all keys that are missing, unknown or of the wrong type."""
    fields = ExactFields(value)
    spec = kind.take(fields)
    fields.check(f"the spec of the step {step}", _ONE_VERSION, InvalidInput)
    return spec


def tag_of(tag: str | None, out: str) -> str:
    """Return the tag that a user gave; without one, like dockerTools, the hash part of the output's store path."""
    return tag or os.path.basename(out).partition("-")[0]
