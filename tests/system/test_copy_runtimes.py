"""`nixdock copy` into docker, podman and containerd, which pull what they lack."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nixdock_hook.copying.runtimes import Docker as DockerRuntime
from nixdock_hook.copying.to_runtime import copy_to_runtime
from nixdock_hook.sinks.listener import Listener
from tests.support.command import error_of, nixdock, usage_error_of
from tests.support.docker import Docker, docker_daemon
from tests.support.images import layer
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.relay import relay
from tests.support.tools import need, output


@pytest.fixture(scope="module")
def hello(nix: Nix) -> Path:
    return nix.build("examples.layered.recipe")


def copied(recipe: Path, destination: str, *options: str | Path) -> str:
    """Run `nixdock copy`, which has to succeed; returns the last line it says."""
    done = nixdock("copy", recipe, destination, *options)
    messages = done.stderr.decode()
    assert (done.returncode, done.stdout) == (0, b""), messages
    return messages.splitlines()[-1]


class Untrusting(DockerRuntime):
    """Docker, asked to pull from an address that it trusts with TLS alone, as 127.0.0.1 may be one day."""

    def listening(self) -> socket.socket:
        with socket.socket(type=socket.SOCK_DGRAM) as any_address:
            try:
                any_address.connect(("192.0.2.1", 9))  # nothing is sent: the address that it would be sent from
            except OSError:
                pytest.skip("this machine has no address but its loopback's")
            return socket.create_server((any_address.getsockname()[0], 0))


class Notes(Listener):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class TestDocker:
    def test_it_runs_under_its_own_name_alone(self, hello: Path, docker: Docker) -> None:
        said = copied(hello, "docker-daemon:", "--", "--host", docker.host)
        assert said.startswith("nixdock: docker-daemon:layered:latest: ")
        assert docker.run("layered:latest") == "Hello, world!\n"
        inspected = docker.inspect("layered:latest")
        # Other tests may have given the same image other names; the temporary one must be gone.
        assert "layered:latest" in inspected["RepoTags"]
        assert not [tag for tag in inspected["RepoTags"] if tag.startswith("127.0.0.1")]
        assert inspected["RepoDigests"] == []
        docker.remove("layered:latest")

    def test_only_the_layer_that_changed_moves(self, tmp_path: Path, docker: Docker) -> None:
        same = [tar_layer(tmp_path / f"{n}", layer({"same": b"%d" % n})) for n in range(99)]
        for number, there in ((1, 0), (2, 99)):
            changed = tar_layer(tmp_path / f"changed{number}", layer({"changed": b"%d" % number}))
            stored = recipe_file(tmp_path / f"recipe{number}", recipe(*same, changed))
            said = copied(stored, "docker-daemon:many:1", "--", "--host", docker.host)
            assert f" {there} of 100 layers were there, " in said
            assert number == 1 or re.search(r" 10\.2 kB moved in ", said)
            assert docker.layers("many:1")[-1] == changed.diff_id
        docker.remove("many:1")

    def test_the_command_of_passthru(self, nix: Nix, docker: Docker) -> None:
        program = nix.build("examples.layered.copyToDockerDaemon")
        output(program, "-t", "renamed:2", "--", "--host", docker.host)
        assert docker.run("renamed:2") == "Hello, world!\n"
        output(program, "named:3", "--", "--host", docker.host)
        assert docker.run("named:3") == "Hello, world!\n"
        docker.remove("renamed:2", "named:3")

    def test_an_engine_that_only_its_client_reaches(self, hello: Path, docker: Docker) -> None:
        with relay(docker.host.removeprefix("unix://")) as port:
            copied(hello, "docker-daemon:by-client:1", "--", "--host", f"tcp://127.0.0.1:{port}")
        tags = docker.inspect("by-client:1")["RepoTags"]
        assert "by-client:1" in tags and not [tag for tag in tags if tag.startswith("127.0.0.1")]
        docker.remove("by-client:1")

    def test_the_engine_is_asked_itself_where_it_can_be(self, hello: Path, docker: Docker, tmp_path: Path) -> None:
        client = tmp_path / "docker"
        client.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/called\nexec {docker.client} "$@"\n')
        client.chmod(0o755)
        done = nixdock("copy", hello, "docker-daemon:engine:1", DOCKER_HOST=docker.host, PATH=f"{tmp_path}:/usr/bin")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "called").read_text().splitlines() == ["context inspect --format {{.Endpoints.docker.Host}}"]
        docker.remove("engine:1")

    def test_a_daemon_that_does_not_reach_us_is_sent_an_archive(self, hello: Path) -> None:
        with docker_daemon(need("unshare"), "--net") as far:
            done = nixdock("copy", hello, "docker-daemon:far:1", "--", "--host", far.host)
            assert done.returncode == 0
            said = done.stderr.decode()
            assert "docker cannot pull from this machine: sending the whole image (docker failed: " in said
            assert far.inspect("far:1")["RepoTags"] == ["far:1"]

    def test_a_daemon_with_a_network_of_its_own_pulls_inside_it(self, hello: Path) -> None:
        up = (need("sh"), "-c", 'ip link set lo up && exec "$@"', "sh")
        with docker_daemon(need("unshare"), "--net", *up) as far:
            done = nixdock("copy", hello, "docker-daemon:far:1", "--", "--host", far.host)
            said = done.stderr.decode()
            assert done.returncode == 0, said
            assert "docker has a network of its own: it pulls from inside that" in said
            assert "sending the whole image" not in said
            assert far.run("far:1") == "Hello, world!\n"
            assert far.inspect("far:1")["RepoTags"] == ["far:1"]

    def test_compressed_layers(self, hello: Path, docker: Docker) -> None:
        copied(hello, "docker-daemon:compressed:1", "--layer-compression", "gzip", "--", "--host", docker.host)
        assert docker.run("compressed:1") == "Hello, world!\n"
        docker.remove("compressed:1")

    def test_zstd_is_for_docker_23(self, tmp_path: Path, docker: Docker) -> None:
        stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", layer({"zstd": b"1"}))))
        command = ("copy", stored, "docker-daemon:zstd:1", "--layer-compression", "zstd", "--quiet")
        if int(docker("version", "--format", "{{.Server.Version}}").partition(".")[0]) < 23:
            error = error_of(*command, "--", "--host", docker.host)
            assert error.endswith(": docker reads zstd layers from 23 on: use --layer-compression gzip")
        else:
            done = nixdock(*command, "--", "--host", docker.host)
            assert (done.returncode, done.stderr) == (0, b"")
            docker.remove("zstd:1")

    def test_a_daemon_that_wants_tls_loads_the_image(self, tmp_path: Path, docker: Docker) -> None:
        told = Notes()
        image = recipe(tar_layer(tmp_path / "layer", layer({"tls": b"1"})))
        copy_to_runtime(image, "tls:1", Untrusting(["--host", docker.host]), told)
        [note] = told.notes[1:]
        assert note.startswith("docker takes no plain http from 127.0.0.1: sending the whole image (docker failed: ")
        assert docker.inspect("tls:1")["RepoTags"] == ["tls:1"]
        docker.remove("tls:1")

    def test_without_a_daemon(self, hello: Path, tmp_path: Path) -> None:
        error = error_of("copy", "--quiet", hello, "docker-daemon:", "--", "--host", f"unix://{tmp_path}/none")
        assert error.startswith("docker failed: Cannot connect to the Docker daemon")

    def test_a_store_path_that_changed(self, tmp_path: Path, docker: Docker) -> None:
        place = tree(tmp_path / "path", {"a": "1"})
        stored = recipe_file(tmp_path / "recipe", recipe(store_layer(place)))
        (place / "a").write_text("2")
        error = error_of("copy", "--quiet", stored, "docker-daemon:x:1", "--", "--host", docker.host)
        assert error.startswith("the layer is now sha256:") and f" in {place}: " in error


def test_quiet_is_quiet(hello: Path, docker: Docker) -> None:
    done = nixdock("copy", "-q", hello, "docker-daemon:quiet:1", "--", "--host", docker.host)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    docker.remove("quiet:1")


@pytest.mark.parametrize("transport", ["podman", "containers-storage"])
def test_podman(hello: Path, podman: Podman, transport: str) -> None:
    copied(hello, f"{transport}:", "--", *podman.options)
    images = json.loads(podman("images", "--format", "json"))
    assert [image["Names"] for image in images] == [["localhost/layered:latest"]]
    said = copied(hello, f"{transport}:again:2", "--", *podman.options)
    assert re.search(r": (\d+) of \1 layers were there, 0 B moved in ", said)


def test_podman_takes_compressed_layers(hello: Path, podman: Podman) -> None:
    copied(hello, "podman:compressed:1", "--layer-compression", "gzip", "--", *podman.options)
    [image] = json.loads(podman("image", "inspect", "localhost/compressed:1"))
    assert image["RepoTags"] == ["localhost/compressed:1"]


@pytest.fixture
def containerd(docker: Docker) -> Iterator[tuple[str | Path, ...]]:
    """`ctr` on the containerd that dockerd started, in a namespace of its own."""
    directory = Path(docker.host.removeprefix("unix://")).parent
    options = ("--address", directory / "exec/containerd/containerd.sock", "--namespace", "nixdock-test")
    yield (need("ctr"), *options)
    names = output(need("ctr"), *options, "images", "ls", "-q").decode().split()
    output(need("ctr"), *options, "images", "rm", "--sync", *names)


def test_containerd(hello: Path, containerd: tuple[str | Path, ...]) -> None:
    copied(hello, "containerd:", "--", *containerd[1:])
    names = output(*containerd, "images", "ls", "-q").decode().split()
    assert names == ["docker.io/library/layered:latest"]
    assert output(*containerd, "run", "--rm", names[0], "test").decode() == "Hello, world!\n"


def test_wrong_destinations(hello: Path) -> None:
    assert usage_error_of("copy", hello, "nowhere") == "'nowhere' is no destination"
    error = error_of("copy", hello, "docker-daemon:UPPER/", "-q")
    assert error.startswith("docker would refuse the name 'UPPER/' in ")
