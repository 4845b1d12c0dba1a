"""Step `pull-image`: an image of a registry as a docker-archive; the derivation's output hash says what it has to be.

Spec: imageName, imageDigest, os, arch, tag (what the digest had when it was pinned, for errors), repoTag (NAME:TAG in
    the archive), tlsVerify, authFile (null, or a path that the sandbox shows), caBundle.
Output: the file. Proxies are taken from the environment (impureEnvVars of nix/internal/fixed-output.nix).
"""

from __future__ import annotations

import os

from ..errors import NotFound
from ..registries.skopeo import copy_image, moved
from .attributes import Attributes
from .registry_access import read_access


def run(attributes: Attributes) -> None:
    spec = attributes.spec
    name, digest = spec["imageName"], spec["imageDigest"]
    access = read_access(spec)
    destination = f"docker-archive:{attributes.out}:{spec['repoTag']}"
    try:
        copy_image(f"{name}@{digest}", destination, (spec["os"], spec["arch"]), access, os.environ["TMPDIR"])
    except NotFound as error:
        raise moved(name, digest, spec["tag"], access) from error
