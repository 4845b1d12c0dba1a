"""`pullImage` in the real Nix, sandboxed, against real registries: what it fetches, and what it says when it cannot."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.foreign import foreign_archive, push
from tests.support.nix import Nix, error_lines
from tests.support.proxy import Proxy, proxy_server
from tests.support.registry import PASSWORD, USER, Certificate, Registry, put_index, write_auth_file
from tests.support.skopeo import Skopeo
from tests.support.tools import need, output

CREDENTIALS = ("--dest-creds", f"{USER}:{PASSWORD}")


@dataclass(frozen=True)
class Pinned:
    """An image in a registry, and what pullImage wants to know of it."""

    name: str
    digest: str
    hash: str

    def expression(self, arguments: str = "tlsVerify = false;", **changes: str) -> str:
        pinned = replace(self, **changes)
        values = f'imageName = "{pinned.name}"; imageDigest = "{pinned.digest}"; hash = "{pinned.hash}";'
        final = 'finalImageName = "pulled"; finalImageTag = "1";'
        return f"dockerTools.pullImage {{ {values} {final} {arguments} }}"


def pin(skopeo: Skopeo, archive: Path, host: str, *options: str) -> Pinned:
    """Push an archive, and learn its digest and the hash of its docker-archive with skopeo alone."""
    name = f"{host}/team/{archive.stem}"
    push(skopeo, archive, f"{name}:1", *options)
    read = [option.replace("--dest-", "--src-") for option in options]
    plain = archive.with_name("pinned.tar")
    skopeo.copy(f"docker://{name}:1", f"docker-archive:{plain}:pulled:1", *read)
    raw = output(skopeo.program, "inspect", "--raw", "--tls-verify=false", *_inspecting(options), f"docker://{name}:1")
    found = hashlib.sha256(plain.read_bytes()).digest()
    plain.unlink()
    sri = f"sha256-{base64.b64encode(found).decode()}"
    return Pinned(name, f"sha256:{hashlib.sha256(raw).hexdigest()}", sri)


def _inspecting(options: tuple[str, ...]) -> list[str]:
    return [option.replace("--dest-", "--") for option in options]


@pytest.fixture
def pinned(skopeo: Skopeo, registry: Registry, tmp_path: Path) -> Pinned:
    return pin(skopeo, foreign_archive(tmp_path / "image.tar"), registry.host)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with proxy_server() as started:
        yield started


def line_of(nix: Nix, body: str) -> str:
    """The one line in which the build of an expression says what is wrong."""
    messages = nix.fails(body)
    [line] = error_lines(messages)
    assert "Traceback" not in messages
    return line


def test_the_archive_is_what_skopeo_makes_of_the_digest(nix: Nix, pinned: Pinned) -> None:
    file = nix.build_expression(pinned.expression())
    assert file.name.endswith("-docker-image-pulled-1.tar")
    found = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
    assert pinned.hash == f"sha256-{found}"


def test_a_hash_of_base_16_or_32_is_called_sha256(nix: Nix, pinned: Pinned) -> None:
    base_16 = base64.b64decode(pinned.hash.removeprefix("sha256-")).hex()
    base_32 = nix("nix-hash", "--type", "sha256", "--to-base32", base_16).strip()
    written = [f'sha256 = "{value}";' for value in (base_16, base_32, pinned.hash)]
    bodies = [pinned.expression().replace(f'hash = "{pinned.hash}";', text) for text in written]
    assert {nix.path(body) for body in bodies} == {nix.path(pinned.expression())}


SHA_256, SHA_512 = hashlib.sha256(b"x"), hashlib.sha512(b"x")
SRI_256, SRI_512 = (f"{found.name}-{base64.b64encode(found.digest()).decode()}" for found in (SHA_256, SHA_512))


@pytest.mark.parametrize(
    ("forms", "algorithm"),
    [
        (f'hash = "{SRI_256}";', "sha256"),
        (f'hash = "{SRI_512}";', "sha512"),
        (f'hash = "sha256:{SHA_256.hexdigest()}";', "sha256"),
        (f'sha256 = "{SRI_256}"; hash = "";', "sha256"),
        (f'sha512 = "{SHA_512.hexdigest()}";', "sha512"),
        (f'sha512 = "{SRI_512}";', "sha512"),
        (f'outputHash = "{SHA_256.hexdigest()}"; outputHashAlgo = "sha256";', "sha256"),
        (f'outputHash = "{SHA_512.hexdigest()}"; outputHashAlgo = "sha512";', "sha512"),
        (f'outputHash = "{SRI_512}"; outputHashAlgo = null;', "sha512"),
        (f'outputHash = "{SRI_512}";', "sha512"),
    ],
)
def test_the_forms_of_a_hash_name_one_output(nix: Nix, forms: str, algorithm: str) -> None:
    image = f'dockerTools.pullImage {{ imageName = "a"; imageDigest = "sha256:{"0" * 64}"; %s }}'
    wanted = {"sha256": SRI_256, "sha512": SRI_512}[algorithm]
    right = f'hash = "{wanted}";'
    assert nix.path(image % forms) == nix.path(image % right)


def test_another_hash_is_refused(nix: Nix, pinned: Pinned) -> None:
    messages = nix.fails(pinned.expression(hash=f"sha256-{'A' * 43}="))
    assert "hash mismatch in fixed-output derivation" in messages
    assert pinned.hash in messages


def test_the_platform_is_picked_from_an_index(nix: Nix, skopeo: Skopeo, registry: Registry, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "several.tar")
    one = pin(skopeo, archive, registry.host)
    index = put_index(registry, "team/several:index", {"linux/amd64": one.digest, "linux/arm64": one.digest})
    body = one.expression('tlsVerify = false; arch = "arm64"; name = "arm64.tar";', digest=index)
    assert nix.build_expression(body).read_bytes() == nix.build_expression(one.expression()).read_bytes()
    missing = one.expression('tlsVerify = false; arch = "riscv64"; name = "riscv64.tar";', digest=index)
    assert "no image found in manifest list for architecture riscv64" in line_of(nix, missing)


def test_what_it_says_of_itself(nix: Nix, pinned: Pinned) -> None:
    wanted = "{ inherit (image) imageName imageTag destNameTag imageDigest; ours = image.passthru.mine; }"
    body = f"let image = {pinned.expression('tlsVerify = false; passthru.mine = 1;')}; in {wanted}"
    assert json.loads(nix.evaluate(body)) == {
        "imageName": "pulled",
        "imageTag": "1",
        "destNameTag": "pulled:1",
        "imageDigest": pinned.digest,
        "ours": 1,
    }


def test_proxies_of_the_environment_are_used(nix: Nix, pinned: Pinned, proxy: Proxy) -> None:
    # Go takes no proxy for 127.0.0.1: only a name that the proxy alone knows shows that it was asked.
    name = pinned.name.replace("127.0.0.1", "registry.example")
    proxied = nix.configured(http_proxy=proxy.url, https_proxy=proxy.url)
    proxied.build_expression(pinned.expression(name=name))
    assert any(url.startswith("http://registry.example:") and "/manifests/" in url for url in proxy.requests)


def test_a_certificate_of_ones_own_ca(
    nix: Nix, skopeo: Skopeo, encrypted: Registry, certificate: Certificate, tmp_path: Path
) -> None:
    pinned = pin(skopeo, foreign_archive(tmp_path / "image.tar"), encrypted.host)
    line = line_of(nix, pinned.expression("tlsVerify = true;"))
    assert "the registry's TLS certificate is not trusted" in line
    assert "NIX_SSL_CERT_FILE" in line
    trusting = nix.configured(f"extra-sandbox-paths = {certificate.file}", NIX_SSL_CERT_FILE=str(certificate.file))
    assert trusting.build_expression(pinned.expression("tlsVerify = true;")).is_file()


class TestPrivate:
    @pytest.fixture
    def pinned(self, skopeo: Skopeo, private: Registry, tmp_path: Path) -> Pinned:
        return pin(skopeo, foreign_archive(tmp_path / "image.tar"), private.host, *CREDENTIALS)

    def test_the_file_is_reached_through_the_sandbox_and_stays_out_of_the_store(
        self, nix: Nix, pinned: Pinned, auth_file: Path
    ) -> None:
        body = pinned.expression(f'tlsVerify = false; authFile = "{auth_file}";')
        allowed = nix.configured(f"extra-sandbox-paths = {auth_file}")
        file = allowed.build_expression(body)
        secret = json.loads(auth_file.read_text())["auths"].popitem()[1]["auth"]
        [derivation] = nix.derivations(body)
        seen = Path(derivation).read_text() + output(need("nix-store"), "--read-log", derivation).decode()
        assert secret not in seen
        assert secret.encode() not in file.read_bytes()

    def test_without_credentials(self, nix: Nix, pinned: Pinned) -> None:
        line = line_of(nix, pinned.expression())
        assert "the registry wants credentials, or has no such name (" in line
        assert "skopeo login" in line

    def test_with_wrong_ones_it_names_the_file(
        self, nix: Nix, pinned: Pinned, private: Registry, tmp_path: Path
    ) -> None:
        file = write_auth_file(tmp_path / "wrong.json", private, "wrong")
        allowed = nix.configured(f"extra-sandbox-paths = {file}")
        line = line_of(allowed, pinned.expression(f'tlsVerify = false; authFile = "{file}";'))
        assert f"{file} was read, log in again: skopeo login --authfile {file} {private.host}" in line

    def test_a_file_that_is_not_in_the_sandbox(self, nix: Nix, pinned: Pinned, auth_file: Path) -> None:
        line = line_of(nix, pinned.expression(f'tlsVerify = false; authFile = "{auth_file}";'))
        assert f"authFile is not in the sandbox in {auth_file}: extra-sandbox-paths = {auth_file}" in line

    def test_a_path_of_nix_would_be_copied_into_the_store(self, nix: Nix, pinned: Pinned, auth_file: Path) -> None:
        messages = nix.fails(pinned.expression(f"authFile = {auth_file};"))
        assert "error: nixdock: pullImage: authFile is a path, which would be copied into the store" in messages

    @pytest.mark.parametrize("path", ["${%s}", "/nix/store/00000000000000000000000000000000-auth.json"])
    def test_a_file_of_the_store(self, nix: Nix, pinned: Pinned, auth_file: Path, path: str) -> None:
        text = path.replace("%s", str(auth_file))
        messages = nix.fails(pinned.expression(f'authFile = "{text}";'))
        assert "error: nixdock: pullImage: authFile is in the store, where everybody can read it" in messages

    def test_a_password_in_a_name(self, nix: Nix, pinned: Pinned) -> None:
        messages = nix.fails(pinned.expression(name="alice:s3cr3t@registry.example/app"))
        assert "imageName has room for neither user, password" in messages and "s3cr3t" not in messages

    def test_a_password_in_any_name(self, nix: Nix) -> None:
        messages = nix.fails('dockerTools.buildImage { name = "alice:s3cr3t@registry.example/app"; }')
        assert "the name has room for neither user nor password" in messages and "s3cr3t" not in messages


class TestErrors:
    def test_tls_to_a_plain_http_registry(self, nix: Nix, pinned: Pinned) -> None:
        line = line_of(nix, pinned.expression("tlsVerify = true;"))
        assert "a plain HTTP registry where TLS was expected" in line
        assert "tlsVerify = false" in line

    def test_a_digest_that_is_gone_says_where_the_tag_went(self, nix: Nix, pinned: Pinned) -> None:
        gone = f"sha256:{'0' * 64}"
        line = line_of(nix, pinned.expression(digest=gone))
        assert f"the registry has no manifest {gone}, the tag 1 moved to {pinned.digest}" in line
        assert "nix-prefetch-docker" in line

    def test_a_name_that_is_not_there(self, nix: Nix, pinned: Pinned) -> None:
        line = line_of(nix, pinned.expression(name=f"{pinned.name}/other"))
        assert f"the registry has no manifest {pinned.digest}, nor the tag 1 in {pinned.name}/other" in line

    def test_a_manifest_that_is_not_what_its_digest_says(self, nix: Nix, pinned: Pinned, registry: Registry) -> None:
        file = registry.blob_file(pinned.digest)
        file.write_bytes(file.read_bytes() + b"\n")
        line = line_of(nix, pinned.expression())
        assert "what came has another digest than was asked for (Manifest does not match" in line
        assert pinned.digest in line

    def test_a_layer_that_is_not_what_its_digest_says(self, nix: Nix, pinned: Pinned, registry: Registry) -> None:
        manifest = json.loads(registry.blob_file(pinned.digest).read_text())
        blob = registry.blob_file(manifest["layers"][-1]["digest"])
        data = bytearray(blob.read_bytes())
        data[-1] ^= 1
        blob.write_bytes(data)
        line = line_of(nix, pinned.expression())
        assert f"expected {manifest['layers'][-1]['digest']}, got sha256:" in line

    def test_nobody_there(self, nix: Nix, pinned: Pinned) -> None:
        line = line_of(nix, pinned.expression(name="registry.invalid/team/image"))
        assert "cannot reach the registry (dial tcp: lookup registry.invalid" in line
        assert "http_proxy" in line

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ('imageName = "a"; imageDigest = "latest"; sha256 = "";', 'imageDigest "latest" is no digest'),
            (
                f'imageName = "a"; imageDigest = "sha256:{"0" * 64}"; sha256 = "a"; hash = "b";',
                "both `hash` and `sha256` are given",
            ),
            (
                f'imageName = "a"; imageDigest = "sha256:{"0" * 64}"; sha256 = "{SRI_512}";',
                f'sha256 = "{SRI_512}" is not of the algorithm sha256: write hash = "{SRI_512}"',
            ),
            (
                f'imageName = "a"; imageDigest = "sha256:{"0" * 64}"; hash = 1;',
                "hash is an int, not a string: write it in quotes",
            ),
        ],
    )
    def test_arguments_that_make_no_sense(self, nix: Nix, arguments: str, says: str) -> None:
        assert f"error: nixdock: pullImage: {says}" in nix.fails(f"dockerTools.pullImage {{ {arguments} }}")
