"""`pullImage { lock = …; }` and nix-prefetch-docker in the real Nix, sandboxed, against a real registry."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import nixdock
from tests.support.foreign import foreign_archive, push
from tests.support.images import sha256
from tests.support.nix import Nix, error_lines
from tests.support.proxy import proxy_server
from tests.support.registry import PASSWORD, USER, Certificate, Registry
from tests.support.skopeo import Skopeo


def write_lock(file: Path, reference: str, *options: str | Path) -> Path:
    done = nixdock("lock", "--tls-verify=false", reference, *options)
    assert done.returncode == 0, done.stderr.decode()
    file.write_bytes(done.stdout)
    return file


def expression(lock: Path, arguments: str = "") -> str:
    return f"dockerTools.pullImage {{ lock = {lock}; tlsVerify = false; {arguments} }}"


def blobs_asked_for(registry: Registry, repository: str) -> list[str]:
    found = [re.fullmatch(rf"/v2/{repository}/blobs/(\S+)", path) for path in registry.requests()]
    return [match[1] for match in found if match]


@pytest.fixture
def reference(skopeo: Skopeo, registry: Registry, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An image in the registry, under a name that no other test has."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    reference = f"{registry.host}/locked/{name}:1"
    push(skopeo, foreign_archive(tmp_path / "image.tar"), reference)
    return reference


@pytest.fixture
def lock(reference: str, tmp_path: Path) -> Path:
    return write_lock(tmp_path / "x.lock.json", reference)


def repository(reference: str) -> str:
    return reference.partition("/")[2].removesuffix(":1")


def test_its_blobs_are_fetched_by_digest_and_kept_as_they_came(
    nix: Nix, registry: Registry, reference: str, lock: Path
) -> None:
    before = len(blobs_asked_for(registry, repository(reference)))
    image = nix.image(expression(lock))
    stored = json.loads(lock.read_text())
    manifest = json.loads(stored["manifest"])
    digests = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    fetched = blobs_asked_for(registry, repository(reference))[before:]
    # The layer with busybox may be there from an earlier run: then it is not fetched again.
    assert set(fetched) <= set(digests)
    assert {digests[0], digests[-1]} <= set(fetched)
    assert len(fetched) == len(set(fetched))
    sources = [layer["source"] for layer in image.recipe["layers"]]
    assert [source["digest"] for source in sources] == digests[1:]
    for source in sources:
        assert f"sha256:{hashlib.sha256(Path(source['path']).read_bytes()).hexdigest()}" == source["digest"]
    assert image.recipe["verbatim"]["manifest"] == stored["manifest"]


def test_nothing_but_the_recipe_is_made_for_an_image_on_top(nix: Nix, lock: Path) -> None:
    body = f'dockerTools.buildImage {{ name = "top"; fromImage = {expression(lock)}; }}'
    [top] = nix.derivations(body)
    needed = nix("nix-store", "-qR", top)
    assert "-blob-" in needed
    assert ".tar.drv\n" not in needed


def test_its_archive_has_the_config_that_the_registry_has(nix: Nix, lock: Path) -> None:
    archive = nix.build_expression(expression(lock, 'finalImageName = "mine"; finalImageTag = "2";'))
    assert archive.name.endswith("-docker-image-mine-2.tar")
    with tarfile.open(archive) as tar:
        member = tar.extractfile("manifest.json")
        assert member
        [entry] = json.load(member)
    manifest = json.loads(json.loads(lock.read_text())["manifest"])
    assert entry["RepoTags"] == ["mine:2"]
    assert f"sha256:{entry['Config'].removesuffix('.json')}" == manifest["config"]["digest"]


def test_with_compressed_layers_its_archive_is_what_the_registry_has(nix: Nix, lock: Path) -> None:
    locked = json.loads(lock.read_text())
    archive = nix.build_expression(expression(lock, 'layerCompression = "gzip";'))
    with tarfile.open(archive) as tar:
        names = set(tar.getnames())
        member = tar.extractfile("index.json")
        assert member
        [entry] = json.load(member)["manifests"]
    assert entry["digest"] == locked["digest"]
    digests = {locked["digest"], *(layer["digest"] for layer in json.loads(locked["manifest"])["layers"])}
    assert {f"blobs/{digest.replace(':', '/')}" for digest in digests} <= names


def test_an_update_fetches_the_changed_layer_only(
    nix: Nix, skopeo: Skopeo, registry: Registry, reference: str, lock: Path, tmp_path: Path
) -> None:
    nix.build_expression(expression(lock))
    old = json.loads(json.loads(lock.read_text())["manifest"])
    push(skopeo, foreign_archive(tmp_path / "changed.tar", {"more": b"data"}), reference)
    before = len(blobs_asked_for(registry, repository(reference)))
    done = nixdock("lock", "--tls-verify=false", "--update", lock)
    assert done.returncode == 0, done.stderr.decode()
    asked_by_lock = len(blobs_asked_for(registry, repository(reference)))
    nix.build_expression(expression(lock))
    new = json.loads(json.loads(lock.read_text())["manifest"])
    assert new["layers"][0] == old["layers"][0]
    fetched = blobs_asked_for(registry, repository(reference))[asked_by_lock:]
    assert sorted(fetched) == sorted([new["config"]["digest"], new["layers"][1]["digest"]])
    assert asked_by_lock - before <= 1  # the config, for the platform it is for


def test_images_share_what_they_have_in_common(
    nix: Nix, skopeo: Skopeo, registry: Registry, reference: str, lock: Path, tmp_path: Path
) -> None:
    push(skopeo, foreign_archive(tmp_path / "other.tar"), f"{registry.host}/locked/other:1")
    other = write_lock(tmp_path / "other.lock.json", f"{registry.host}/locked/other:1")
    ours, theirs = (nix.image(expression(file)).recipe["layers"] for file in (lock, other))
    assert ours[0]["source"]["path"] == theirs[0]["source"]["path"]
    assert ours[1]["source"]["path"] != theirs[1]["source"]["path"]


def test_proxies_of_the_environment_are_used(nix: Nix, reference: str, lock: Path) -> None:
    """As Go's programs use them: not for this machine itself. This one finds every host at 127.0.0.1."""
    lock.write_text(lock.read_text().replace("127.0.0.1:", "registry.example:"))
    with proxy_server() as proxy:
        proxied = nix.configured(http_proxy=proxy.url, https_proxy=proxy.url, no_proxy="10.0.0.0/8")
        proxied.build_expression(expression(lock))
    assert any(f"/v2/{repository(reference)}/blobs/" in url for url in proxy.requests)


def test_a_private_registry(nix: Nix, skopeo: Skopeo, private: Registry, auth_file: Path, tmp_path: Path) -> None:
    reference = f"{private.host}/locked/private:1"
    push(skopeo, foreign_archive(tmp_path / "image.tar"), reference, "--dest-creds", f"{USER}:{PASSWORD}")
    lock = write_lock(tmp_path / "x.lock.json", reference, "--authfile", auth_file)
    lines = error_lines(nix.fails(expression(lock)))
    assert lines
    assert all("the registry wants credentials, or has no such name (" in line for line in lines)
    allowed = nix.configured(f"extra-sandbox-paths = {auth_file}")
    assert allowed.build_expression(expression(lock, f'authFile = "{auth_file}";')).is_file()


def test_a_certificate_of_ones_own_ca(
    nix: Nix, skopeo: Skopeo, encrypted: Registry, certificate: Certificate, tmp_path: Path
) -> None:
    reference = f"{encrypted.host}/locked/encrypted:1"
    push(skopeo, foreign_archive(tmp_path / "image.tar"), reference)
    lock = write_lock(tmp_path / "x.lock.json", reference)
    body = expression(lock).replace("tlsVerify = false;", "")
    lines = error_lines(nix.fails(body))
    assert lines
    assert all("the registry's TLS certificate is not trusted (self-signed certificate)" in line for line in lines)
    bundle = f"extra-sandbox-paths = {certificate.file}"
    trusting = nix.configured(bundle, NIX_SSL_CERT_FILE=str(certificate.file))
    assert trusting.build_expression(body).is_file()


class TestErrors:
    def test_an_altered_lock(self, nix: Nix, lock: Path) -> None:
        lock.write_text(lock.read_text().replace('\\"size\\":', '\\"size\\": '))
        messages = nix.fails(expression(lock))
        assert f"error: nixdock: pullImage: {lock} was altered, its manifest does not have the digest" in messages

    def test_a_file_that_is_no_lock(self, nix: Nix, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("{}")
        messages = nix.fails(expression(tmp_path / "x.json"))
        assert f"error: nixdock: pullImage: {tmp_path}/x.json is no lock file: write one with nixdock lock" in messages

    @pytest.mark.parametrize(
        "change",
        [
            *({"reference": []}, {"reference": ""}, {"reference": None}, {"manifest": {}}, {"digest": 1}),
            *({"index": [[]]}, {"platform": "amd64"}, {"platform": {"os": ["linux"]}}, {"lock": "1"}),
        ],
    )
    def test_a_lock_with_values_of_another_kind(self, nix: Nix, lock: Path, change: dict[str, Any]) -> None:
        lock.write_text(json.dumps(json.loads(lock.read_text()) | change))
        assert f"error: nixdock: pullImage: {lock} is no lock file: write one with" in nix.fails(expression(lock))

    @pytest.mark.parametrize(
        "manifest", ["[]", "{}", '{"layers": []}', '{"config": {"digest": "x", "size": "1"}, "layers": []}']
    )
    def test_a_manifest_without_blobs(self, nix: Nix, lock: Path, manifest: str) -> None:
        change = {"manifest": manifest, "digest": sha256(manifest.encode())}
        lock.write_text(json.dumps(json.loads(lock.read_text()) | change))
        assert f"pullImage: the manifest in {lock} names no blobs: write it" in nix.fails(expression(lock))

    def test_a_blob_that_is_gone(self, nix: Nix, registry: Registry, lock: Path) -> None:
        manifest = json.loads(json.loads(lock.read_text())["manifest"])
        digest = manifest["layers"][-1]["digest"]
        registry.blob_file(digest).unlink()
        [line] = error_lines(nix.fails(expression(lock)))
        assert digest in line
        assert "nixdock lock --update" in line

    def test_plain_http(self, nix: Nix, lock: Path) -> None:
        lines = error_lines(nix.fails(expression(lock).replace("tlsVerify = false;", "")))
        assert lines
        assert all("a plain HTTP registry where TLS was expected" in line for line in lines)

    def test_a_compression_of_layers(self, nix: Nix, lock: Path) -> None:
        messages = nix.fails(expression(lock, 'layerCompression = "gz";'))
        assert 'nixdock: pullImage: unknown layerCompression "gz": use' in messages
        unlocked = f'imageName = "a"; imageDigest = "sha256:{"0" * 64}"; sha256 = ""; layerCompression = "gzip";'
        messages = nix.fails(f"dockerTools.pullImage {{ {unlocked} }}")
        assert "nixdock: pullImage: layerCompression is for an image with a lock: without one" in messages

    def test_an_unknown_argument(self, nix: Nix, lock: Path) -> None:
        messages = nix.fails(expression(lock, 'finalImageTg = "1";'))
        assert "nixdock: pullImage: there is no argument finalImageTg: did you mean finalImageTag?" in messages


class TestPrefetch:
    """nix-prefetch-docker, whose output is what pullImage takes."""

    def prefetch(self, nix: Nix, *arguments: str) -> str:
        program = nix.build_expression("pkgs.nix-prefetch-docker")
        return nix(str(program / "bin/nix-prefetch-docker"), "--tls-verify=false", *arguments)

    def test_pull_image_takes_what_it_prints_and_fetches_nothing_again(
        self, nix: Nix, registry: Registry, reference: str
    ) -> None:
        name = reference.removesuffix(":1")
        printed = self.prefetch(nix, "--image-name", name, "--image-tag", "1", "--arch", "amd64", "--quiet")
        assert re.sub(r"sha256[:-][^\"]+", "…", printed) == (
            f'{{\n  imageName = "{name}";\n  imageDigest = "…";\n  hash = "…";\n'
            f'  finalImageName = "{name}";\n  finalImageTag = "1";\n}}\n'
        )
        before = len(registry.requests())
        nix.build_expression(f"dockerTools.pullImage ({printed})")
        assert len(registry.requests()) == before

    def test_json_and_final_names(self, nix: Nix, reference: str) -> None:
        name = reference.removesuffix(":1")
        final = ("--final-image-name", "mine", "--final-image-tag", "2")
        printed = json.loads(self.prefetch(nix, name, "1", "--arch", "amd64", "--json", *final))
        again = ("--image-digest", printed["imageDigest"], "--arch", "amd64", "--json", *final)
        assert json.loads(self.prefetch(nix, "--image-name", name, *again)) == printed
        assert json.loads(self.prefetch(nix, name, *again[1:])) == printed
        assert (printed["finalImageName"], printed["finalImageTag"]) == ("mine", "2")
