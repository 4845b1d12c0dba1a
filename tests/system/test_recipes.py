"""What the template `layered` does in CI, against a registry; and what is declared, in the registry's copy."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from tests.support.nix import Nix
from tests.support.registry import Registry
from tests.support.tools import ROOT, output

TEMPLATE = ROOT / "nix/templates/layered"


def pushed(nix: Nix, registry: Registry, expression: str, name: str) -> str:
    """What copyToRegistry prints, as a job of CI would run it."""
    program = nix.build_expression(f"({expression}).copyToRegistry")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    command = (program, f"{registry.host}/{name}", "--tls-verify", "false")
    return output(*command, env=environment).decode().strip()


def test_what_is_declared_is_in_the_registrys_copy(nix: Nix, registry: Registry) -> None:
    said = pushed(nix, registry, "nixdock.examples.service", "team/service:1")
    manifest = registry.manifest("team/service", said.rpartition("@")[2])
    assert manifest["annotations"] == {
        "org.opencontainers.image.title": "service",
        "org.opencontainers.image.description": "A service of nobody's root",
        "org.opencontainers.image.version": "1.0",
    }
    with tarfile.open(registry.blob_file(manifest["layers"][-1]["digest"])) as layer:
        members = {member.name: member for member in layer}
    assert "SCHILY.xattr.security.capability" in members["bin/httpd"].pax_headers
    assert (members["var/lib/app"].uid, members["tmp"].mode) == (1000, 0o1777)


def test_a_deployment_names_what_was_pushed(nix: Nix, registry: Registry) -> None:
    image = 'dockerTools.buildLayeredImage { name = "hello"; contents = [ pkgs.hello ]; }'
    said = pushed(nix, registry, image, "team/hello:1")
    deployment = (TEMPLATE / "deployment.yaml").read_text().replace("image: IMAGE", f"image: {said}")
    [reference] = re.findall(r"image: (\S+)", deployment)
    name, _, digest = reference.partition("@")
    assert name == f"{registry.host}/team/hello:1"
    assert registry.manifest("team/hello", digest)["layers"]


def test_jobs_run_what_the_template_has() -> None:
    """Both CI files run the program of the flake's default package, and log in without a password in arguments."""
    for file in (TEMPLATE / ".gitlab-ci.yml", TEMPLATE / ".github/workflows/image.yml"):
        text = Path(file).read_text()
        assert "nix run .#default.copyToRegistry -- " in text
        assert "--password-stdin" in text
        assert "--password " not in text
