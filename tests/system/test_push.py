"""Our own client against a real registry: logins, TLS, tokens, proxies, interruptions, and what runtimes make of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import COMMAND, command_environment, error_of, nixdock, usage_error_of
from tests.support.images import layer
from tests.support.proxy import proxy_server
from tests.support.pushing import WITH_SKOPEO
from tests.support.recipes import recipe, recipe_file, tar_layer
from tests.support.registry import (
    PASSWORD,
    USER,
    Registry,
    make_certificate,
    registry_server,
    write_auth_file,
)
from tests.support.server import wait_until
from tests.support.skopeo import Skopeo
from tests.support.token_server import ISSUER, SERVICE, token_server
from tests.support.tools import need, output

LARGE = 9 << 20


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three layers, one of them larger than a gzip member of ours."""
    top = tmp_path_factory.mktemp("image")
    files = [{"large": os.urandom(LARGE)}, {"one": b"1"}, {"two": b"2" * 5000}]
    return recipe_file(top / "recipe", recipe(*(tar_layer(top / f"{n}", layer(tree)) for n, tree in enumerate(files))))


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Registry]:
    (tmp_path / "registry").mkdir()
    with registry_server(tmp_path / "registry") as started:
        yield started


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Registry]:
    (tmp_path / "private").mkdir()
    with registry_server(tmp_path / "private", login=True) as started:
        yield started


def diff_ids(image: Path) -> list[str]:
    return [one["diff_id"] for one in json.loads((image / "image.json").read_text())["layers"]]


def test_no_other_program_is_started(plain: Registry, image: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for _ in range(2):
        done = nixdock("copy", "--quiet", image, f"docker://{plain.host}/app:1", PATH=f"{tmp_path}/bin")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(plain.manifest("app", "1")["layers"]) == 3


@pytest.mark.parametrize("options", [(), ("--gzip", "zlib"), ("--compression", "zstd"), WITH_SKOPEO])
def test_others_read_it(plain: Registry, image: Path, skopeo: Skopeo, tmp_path: Path, options: tuple[str, ...]) -> None:
    done = nixdock("copy", image, f"docker://{plain.host}/app:1", *options)
    assert done.returncode == 0, done.stderr
    skopeo.copy(f"docker://{plain.host}/app:1", f"oci:{tmp_path}/layout:1")
    assert skopeo.inspect(f"oci:{tmp_path}/layout:1", "--config")["rootfs"]["diff_ids"] == diff_ids(image)
    if options != ("--compression", "zstd"):  # umoci 0.4 knows none
        output(need("umoci"), "unpack", "--rootless", "--image", f"{tmp_path}/layout:1", tmp_path / "bundle")
        assert (tmp_path / "bundle/rootfs/large").stat().st_size == LARGE
    program = "zstd" if "zstd" in options else "gzip"
    for blob, diff_id in zip(plain.manifest("app", "1")["layers"], diff_ids(image), strict=True):
        tar = output(need(program), "-dc", stdin=plain.blob_file(blob["digest"]).read_bytes())
        assert f"sha256:{hashlib.sha256(tar).hexdigest()}" == diff_id


def test_what_is_in_the_registry_is_told(plain: Registry, image: Path, tmp_path: Path) -> None:
    place = f"docker://{plain.host}/team/app:1"
    ours = nixdock("copy", image, place, "--digest-file", tmp_path / "digest").stdout.decode()
    digest = (tmp_path / "digest").read_text().strip()
    assert ours == f"{plain.host}/team/app:1@{digest}\n"
    assert plain.blob_file(digest).exists()
    for options in ((), WITH_SKOPEO):
        told = json.loads(nixdock("copy", "--json", "--quiet", image, place, *options).stdout)
        assert told == {"name": f"{plain.host}/team/app", "tag": "1", "digest": digest}


def test_a_login(private: Registry, image: Path, tmp_path: Path) -> None:
    place = f"docker://{private.host}/app:1"
    home = {"HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "none")}
    assert "the registry wants credentials, or has no such name (401)" in error_of("copy", "-q", image, place, **home)
    (tmp_path / "creds").write_text(f"{USER}:{PASSWORD}\n")
    auth_file = write_auth_file(tmp_path / "auth.json", private)
    (tmp_path / "home/.docker").mkdir(parents=True)
    ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--creds-file", f"{tmp_path}/creds"), {}),
        (("--creds-env", "LOGIN"), {"LOGIN": f"{USER}:{PASSWORD}"}),
        (("--authfile", str(auth_file)), {}),
        ((), {"REGISTRY_AUTH_FILE": str(auth_file)}),
        (("--creds-file", f"{tmp_path}/creds", *WITH_SKOPEO), {}),
    ]
    for options, more in ways:
        done = nixdock("copy", "-q", image, place, *options, **home, **more)
        assert done.returncode == 0, (options, done.stderr)
    shutil.copy(auth_file, tmp_path / "home/.docker/config.json")
    assert nixdock("copy", "-q", image, place, **home).returncode == 0
    write_auth_file(tmp_path / "auth.json", private, "wrong")
    error = error_of("copy", "-q", image, place, "--authfile", auth_file, **home)
    assert error.startswith("the registry refuses the credentials")


def test_tls(image: Path, tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "certs").mkdir()
    certificate = make_certificate(tmp_path)
    with registry_server(tmp_path / "tls", certificate=certificate) as secure:
        place = f"docker://{secure.host}/app:1"
        assert "certificate is not trusted" in error_of("copy", "-q", image, place)
        assert nixdock("copy", "-q", image, place, "--tls-verify=false").returncode == 0
        shutil.copy(certificate.file, tmp_path / "certs/ca.crt")
        assert nixdock("copy", "-q", image, place, "--cert-dir", tmp_path / "certs").returncode == 0
        own = tmp_path / "home/.config/containers/certs.d" / secure.host
        own.mkdir(parents=True)
        shutil.copy(certificate.file, own / "ca.crt")
        assert nixdock("copy", "-q", image, place, HOME=str(tmp_path / "home")).returncode == 0


def test_a_login_over_tls_with_a_certificate_of_our_own(image: Path, tmp_path: Path) -> None:
    """certs.d has the registry's CA, and what this client shows of itself."""
    place, certs = tmp_path / "private", tmp_path / "home/.config/containers/certs.d"
    for name in ("ours", "theirs", "private"):
        (tmp_path / name).mkdir()
    theirs, ours = make_certificate(tmp_path / "theirs"), make_certificate(tmp_path / "ours")
    with registry_server(place, login=True, certificate=theirs, clients=ours) as registry:
        auth_file = write_auth_file(tmp_path / "auth.json", registry)
        trusting = certs / registry.host
        trusting.mkdir(parents=True)
        shutil.copy(theirs.file, trusting / "ca.crt")
        command = ("copy", "-q", image, f"docker://{registry.host}/app:1", "--authfile", auth_file)
        home = str(tmp_path / "home")
        assert error_of(*command, HOME=home).startswith("cannot reach the registry (")
        shutil.copy(ours.file, trusting / "client.cert")
        assert "no usable certificate" in error_of(*command, HOME=home)
        shutil.copy(ours.key, trusting / "client.key")
        done = nixdock(*command, HOME=home)
        assert done.returncode == 0, done.stderr
        mounted = nixdock(
            *command[:3], f"docker://{registry.host}/other:1", *command[4:], "--reuse-from", command[3], HOME=home
        )
        assert mounted.returncode == 0, mounted.stderr
        assert len([path for path in registry.requests("POST") if "mount=" in path]) == 3
        assert registry.uploads() == 4 + 1  # three layers and a config, and the config again


@pytest.mark.parametrize("life", [300, 11])
def test_tokens(image: Path, tmp_path: Path, life: int) -> None:
    """Of the short ones each is too old a second later."""
    (tmp_path / "registry").mkdir()
    with token_server(make_certificate(tmp_path)) as server:
        server.life = life
        names = {"realm": server.realm, "service": SERVICE, "issuer": ISSUER}
        tokens = {**names, "certificate": str(server.certificate.file)}
        with registry_server(tmp_path / "registry", tokens=tokens) as registry:
            auth_file = write_auth_file(tmp_path / "auth.json", registry)
            done = nixdock("copy", image, f"docker://{registry.host}/team/app:1", "--authfile", auth_file)
            assert done.returncode == 0, done.stderr
            assert server.asked[0] == ["repository:team/app:pull,push"]
            reuse = ("--reuse-from", f"docker://{registry.host}/team/app:1", "--authfile", auth_file)
            done = nixdock("copy", image, f"docker://{registry.host}/other:1", *reuse)
            assert b"3 of 3 layers were there" in done.stderr, done.stderr
            assert ["repository:team/app:pull", "repository:other:pull,push"] in server.asked


def test_a_proxy(plain: Registry, image: Path) -> None:
    """It finds every host at 127.0.0.1; for this machine itself it is not asked."""
    port = plain.host.rpartition(":")[2]
    with proxy_server() as proxy:
        environment = {"http_proxy": proxy.url, "no_proxy": ""}
        assert nixdock("copy", "-q", image, f"docker://{plain.host}/app:1", **environment).returncode == 0
        assert proxy.requests == []
        place = f"docker://registry.example:{port}/app:2"
        done = nixdock("copy", "-q", image, place, "--tls-verify=false", **environment)
        assert done.returncode == 0, done.stderr
        assert f"http://registry.example:{port}/v2/app/manifests/2" in proxy.requests
    assert len(plain.manifest("app", "2")["layers"]) == 3


def test_a_hundred_layers(plain: Registry, tmp_path: Path) -> None:
    layers = [tar_layer(tmp_path / f"{n}", layer({f"file{n}": b"%d" % n * 3000})) for n in range(100)]
    stored = recipe_file(tmp_path / "recipe", recipe(*layers))
    assert b"0 of 100 layers were there" in nixdock("copy", stored, f"docker://{plain.host}/app:1").stderr
    before = len(plain.requests("HEAD"))
    assert b"100 of 100 layers were there" in nixdock("copy", stored, f"docker://{plain.host}/app:1").stderr
    assert len(plain.requests("HEAD")) == before


def test_two_pushes_of_one_image_at_once(plain: Registry, image: Path) -> None:
    command = [*COMMAND, "copy", "-q", str(image), f"docker://{plain.host}/app:1"]
    both = [subprocess.Popen(command, env=command_environment()) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert len(plain.manifest("app", "1")["layers"]) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_push_leaves_nothing(plain: Registry, tmp_path: Path, number: int) -> None:
    """Neither a process, nor a file, nor a manifest."""
    (tmp_path / "temporary").mkdir()
    names = [tar_layer(tmp_path / f"{n}", layer({"large": os.urandom(60 << 20)})) for n in range(2)]
    stored = recipe_file(tmp_path / "recipe", recipe(*names))
    environment = command_environment(TMPDIR=str(tmp_path / "temporary"))
    command = [*COMMAND, "copy", str(stored), f"docker://{plain.host}/app:1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, start_new_session=True) as push:
        assert push.stderr
        wait_until(lambda: re.search(r"/app/blobs/uploads/", plain.log.read_text()) is not None, "a request")
        push.stderr.readline()  # it compresses
        push.send_signal(number)
        assert push.wait() == 128 + number
        assert b"Traceback" not in push.stderr.read()
    assert subprocess.run([need("pgrep"), "-s", str(push.pid)], check=False).returncode == 1
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (plain.directory / "docker/registry/v2/repositories/app/_manifests").exists()


def test_nobody_answers(image: Path) -> None:
    error = error_of("copy", image, "docker://127.0.0.1:1/app:1")
    assert error.startswith("cannot reach the registry (") and "refused" in error


def test_options_that_do_not_go_together(plain: Registry, image: Path, tmp_path: Path) -> None:
    place = f"docker://{plain.host}/app:1"
    assert "skopeo's" in usage_error_of("copy", image, place, "--with", "nixdock", "--", "--dest-tls-verify=false")
    assert "--json is for registries" in usage_error_of("copy", image, "podman:app:1", "--json")
    assert "only a registry does" in usage_error_of("copy", image, f"oci:{tmp_path}/x:1", "--json")
    assert "there is no login in $NIXDOCK_NONE" in error_of("copy", image, place, "--creds-env", "NIXDOCK_NONE")
