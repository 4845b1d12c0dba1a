"""Step `pull-image`: an image of a registry as a docker-archive; the derivation's output hash says what it has to be.

Output: the file. Proxies are taken from the environment (impureEnvVars of nix/internal/fixed-output.nix).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..errors import NotFound
from ..registries.access import BuildAccess
from ..registries.skopeo import copy_image, moved
from .attributes import Graphs


@dataclass(frozen=True, slots=True)
class Spec:
    """tag: what the digest had when it was pinned, for errors. repo_tag: NAME:TAG in the archive."""

    image_name: str
    image_digest: str
    os: str
    architecture: str
    tag: str
    repo_tag: str
    access: BuildAccess

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            image_name=fields.text("imageName"),
            image_digest=fields.text("imageDigest"),
            os=fields.text("os"),
            architecture=fields.text("arch"),
            tag=fields.text("tag"),
            repo_tag=fields.text("repoTag"),
            access=BuildAccess.take(fields),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    access = spec.access.within(os.environ)
    source, destination = f"{spec.image_name}@{spec.image_digest}", f"docker-archive:{out}:{spec.repo_tag}"
    try:
        copy_image(source, destination, (spec.os, spec.architecture), access, os.environ["TMPDIR"])
    except NotFound as error:
        raise moved(spec.image_name, spec.image_digest, spec.tag, access) from error
