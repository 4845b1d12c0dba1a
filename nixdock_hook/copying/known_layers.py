"""What a destination has already, asked through skopeo: for destinations and registries that only skopeo knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from .. import clients, process
from ..documents import canonical_json
from ..errors import NixdockError
from ..oci.model import Descriptor, Index, Platform
from ..oci.reference import Reference
from .layer_pairs import of_platform, pair

# What registries and skopeo say where there is no such image.
_ABSENT = ("manifest unknown", "name unknown", "not found", "no such file", "no descriptor found")

Known = Mapping[str, Descriptor]
"""Diff ID → the compressed layer that stands for it."""


def known_layers(
    references: Sequence[str],
    platform: Platform,
    options: Callable[[str], Sequence[str]],
    note: Callable[[str], object],
) -> dict[str, Descriptor]:
    """Return the compressed layers of the images at these references (skopeo's form); of one in several, the first's.

    options: more of `skopeo inspect`, for a reference. An image that is not there, or cannot be read, adds nothing;
    `note` is told why.
    """
    skopeo = ["skopeo", "--insecure-policy", *_platform_options(platform), "inspect"]
    known: dict[str, Descriptor] = {}
    with ExitStack() as until_then:
        commands = {reference: [*skopeo, *options(reference)] for reference in references}
        questions = [(reference, _ask(command, reference, until_then)) for reference, command in commands.items()]
        for reference, asked in questions:
            try:
                manifest, config = (clients.finish(question, "skopeo") for question in asked)
                found = _pairs(manifest, config, reference, commands[reference], platform)
            except NixdockError as error:
                if not any(word in str(error) for word in _ABSENT):
                    note(f"nothing is known of {reference}: {error}")
                continue
            known = {**found, **known}
    return known


def _platform_options(platform: Platform) -> list[str]:
    variant = ["--override-variant", platform.variant] if platform.variant else []
    return ["--override-os", platform.os, "--override-arch", platform.architecture, *variant]


def _ask(skopeo: list[str], reference: str, until_then: ExitStack) -> list[process.Process]:
    """Ask for manifest and config at once: each takes several round trips. No question outlives the stack."""
    asked: list[process.Process] = []
    for words in (["--raw"], ["--raw", "--config"]):
        asked.append(until_then.enter_context(clients.start([*skopeo, *words, reference])))
        until_then.callback(asked[-1].kill)
    return asked


def _pairs(manifest: bytes, config: bytes, reference: str, skopeo: list[str], platform: Platform) -> Known:
    value = canonical_json.load(manifest, reference)
    if isinstance(value, dict) and "manifests" in value:
        one = of_platform(Index.from_json(value, reference), platform)
        if one is None:
            return {}
        answer = clients.run([*skopeo, "--raw", f"{Reference.split(reference).name}@{one.digest}"])
        value = canonical_json.load(answer, reference)
    return pair(value, config, reference)
