"""Documents attached to images: into docker-registry, which lists no referrers, and by `nixdock serve`, which does."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from nixdock_hook.oci.artifact import CYCLONEDX, IN_TOTO, SPDX
from tests.support.bills import cyclonedx_problem, spdx_problems
from tests.support.images import sha256
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.registry import Registry, registry_server
from tests.support.serving import serving
from tests.support.tools import need, output

IMAGE = '(nixdock.buildLayeredImage { name = "team/app"; tag = "1"; contents = [ pkgs.hello ]; })'
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry_server(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(scope="module")
def copy(nix: Nix) -> Path:
    return nix.build_expression(f"{IMAGE}.copyToRegistry")


def pushed(nix: Nix, copy: Path, registry: Registry, tag: str, *options: str | Path) -> str:
    """Run copyToRegistry; returns the digest of what stands at the tag then."""
    command = [copy, "--quiet", "--json", "--tls-verify=false", f"{registry.host}/team/app:{tag}", *options]
    done = subprocess.run(command, env=nix.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["digest"])


def got(host: str, path: str) -> tuple[bytes, str]:
    """The content at a path of a registry, and its media type."""
    request = Request(f"http://{host}/v2/{path}", headers={"Accept": f"{INDEX}, {MANIFEST}, */*"})
    with urlopen(request, timeout=10) as response:
        return response.read(), response.headers.get_content_type()


def documents(host: str, name: str, index: bytes) -> dict[str, bytes]:
    """What a list of referrers leads to, by artifact types."""
    found = {}
    for entry in json.loads(index)["manifests"]:
        manifest = json.loads(got(host, f"{name}/manifests/{entry['digest']}")[0])
        assert manifest["artifactType"] == entry["artifactType"]
        [layer] = manifest["layers"]
        found[entry["artifactType"]] = got(host, f"{name}/blobs/{layer['digest']}")[0]
    return found


def test_copy_to_registry_attaches_what_passthru_has(nix: Nix, copy: Path, registry: Registry) -> None:
    plain = pushed(nix, copy, registry, "plain")
    digest = pushed(nix, copy, registry, "1", "--attach", "sbom", "--attach", "provenance")
    assert digest == plain
    with pytest.raises(HTTPError, match="404"):
        got(registry.host, f"team/app/referrers/{digest}")
    index, _ = got(registry.host, f"team/app/manifests/{digest.replace(':', '-')}")
    found = documents(registry.host, "team/app", index)
    assert list(found) == [CYCLONEDX, SPDX, IN_TOTO]
    assert found[CYCLONEDX] == nix.build_expression(f"{IMAGE}.sbom").read_bytes()
    assert found[SPDX] == nix.build_expression(f"{IMAGE}.sbom.spdx").read_bytes()
    statement = json.loads(found[IN_TOTO])
    assert statement["subject"][0]["digest"] == {"sha256": digest.removeprefix("sha256:")}
    assert statement["predicate"] == json.loads(nix.build_expression(f"{IMAGE}.provenance").read_bytes())


def test_attached_again_nothing_changes(nix: Nix, copy: Path, registry: Registry) -> None:
    digest = pushed(nix, copy, registry, "1", "--attach", "sbom")
    tag = digest.replace(":", "-")
    before, uploads = got(registry.host, f"team/app/manifests/{tag}"), registry.uploads()
    assert pushed(nix, copy, registry, "1", "--attach", "sbom") == digest
    assert (got(registry.host, f"team/app/manifests/{tag}"), registry.uploads()) == (before, uploads)


def test_any_file(nix: Nix, copy: Path, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n")
    digest = pushed(nix, copy, registry, "notes", "--attach", f"text/markdown={tmp_path}/notes.md")
    index, _ = got(registry.host, f"team/app/manifests/{digest.replace(':', '-')}")
    assert documents(registry.host, "team/app", index)["text/markdown"] == b"# Notes\n"


def test_runtimes_pull_an_image_that_has_attestations(
    nix: Nix, copy: Path, registry: Registry, podman: Podman, tmp_path: Path
) -> None:
    plain = pushed(nix, copy, registry, "plain")
    digest = pushed(nix, copy, registry, "attested", "--attestations", "buildkit")
    index = json.loads(got(registry.host, f"team/app/manifests/{digest}")[0])
    image, attestations = index["manifests"]
    assert image["digest"] == plain
    assert attestations["annotations"]["vnd.docker.reference.digest"] == plain
    manifest = json.loads(got(registry.host, f"team/app/manifests/{attestations['digest']}")[0])
    predicates = [layer["annotations"]["in-toto.io/predicate-type"] for layer in manifest["layers"]]
    assert predicates == ["https://cyclonedx.org/bom", "https://spdx.dev/Document"]
    reference = f"{registry.host}/team/app:attested"
    identity = podman("pull", "--quiet", "--tls-verify=false", reference).strip()
    assert sha256(podman_config(registry, plain)) == f"sha256:{identity}"
    podman("image", "rm", "--force", identity)
    command = ["copy", "--quiet", "--all", "--src-tls-verify=false", f"docker://{reference}", f"dir:{tmp_path}/all"]
    output(need("skopeo"), "--insecure-policy", *command)


def podman_config(registry: Registry, digest: str) -> bytes:
    manifest = json.loads(got(registry.host, f"team/app/manifests/{digest}")[0])
    return got(registry.host, f"team/app/blobs/{manifest['config']['digest']}")[0]


def test_serve_lists_what_is_attached(nix: Nix, tmp_path: Path) -> None:
    recipe = nix.build_expression(f"{IMAGE}.recipe")
    sbom = nix.build_expression(f"{IMAGE}.sbom")
    with serving(tmp_path / "log", recipe, options=("--attach", str(sbom))) as served:
        manifest, _ = got(served.host, "team/app/manifests/1")
        listed, media_type = got(served.host, f"team/app/referrers/{sha256(manifest)}")
        assert media_type == INDEX
        assert documents(served.host, "team/app", listed) == {CYCLONEDX: sbom.read_bytes()}


def test_without_an_expression_the_bill_is_made_of_the_recipe(nix: Nix, tmp_path: Path) -> None:
    recipe = nix.build_expression(f"{IMAGE}.recipe")
    with serving(tmp_path / "log", recipe, options=("--attach", "sbom"), environment=dict(nix.environment)) as served:
        manifest, _ = got(served.host, "team/app/manifests/1")
        found = documents(served.host, "team/app", got(served.host, f"team/app/referrers/{sha256(manifest)}")[0])
    assert cyclonedx_problem(found[CYCLONEDX]) is None
    assert spdx_problems(found[SPDX]) == []
    names: list[Any] = [one["name"] for one in json.loads(found[CYCLONEDX])["components"]]
    assert sorted(names) == ["glibc", "hello"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--attach", "/nowhere/x"), "No such file or directory in /nowhere/x"),
        (("--attach", "/etc/passwd"), "a document of no known kind"),
        (("--with", "skopeo", "--attestations", "buildkit"), "skopeo pushes no attestations"),
    ],
)
def test_what_cannot_be_attached_pushes_nothing(
    nix: Nix, copy: Path, registry: Registry, options: tuple[str, ...], error: str
) -> None:
    command = [str(copy), "--tls-verify=false", f"{registry.host}/team/none:1", *options]
    done = subprocess.run(command, env=nix.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("nixdock: error: ") and error in line]
    with pytest.raises(HTTPError, match="404"):
        got(registry.host, "team/none/manifests/1")


def test_what_was_collected_meanwhile_is_said(nix: Nix, copy: Path, registry: Registry, tmp_path: Path) -> None:
    program = tmp_path / "copy"
    program.write_text(
        re.sub("provenance=/nix/store/[^ ]*", f"provenance=/nix/store/{'0' * 32}-x.drv", copy.read_text())
    )
    program.chmod(0o755)
    done = subprocess.run(
        [program, "--tls-verify=false", f"{registry.host}/team/none:1", "--attach", "provenance"],
        env=nix.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "nix-build -A IMAGE.provenance" in done.stderr.splitlines()[-1]
