"""`nixdock serve` and the clients of registries."""

from __future__ import annotations

import json
import re
import resource
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.command import error_of
from tests.support.docker import Docker
from tests.support.images import layer, sha256
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.registry import registry_server
from tests.support.serving import Serving, serving
from tests.support.skopeo import Skopeo
from tests.support.tools import output


@pytest.fixture(scope="module")
def hello(nix: Nix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    stored = nix.build("examples.layered.recipe")
    with serving(tmp_path_factory.mktemp("serve") / "log", stored) as started:
        yield started


def test_docker_pulls_and_runs(hello: Serving, docker: Docker) -> None:
    [reference] = hello.references
    docker("pull", "--quiet", reference)
    assert docker.run(reference) == "Hello, world!\n"


def test_docker_pulls_only_what_it_lacks(tmp_path: Path, docker: Docker) -> None:
    pulled: list[str] = []
    same = tar_layer(tmp_path / "same", layer({"same": b"x" * 1000}))
    for number in (1, 2):
        changed = tar_layer(tmp_path / f"changed{number}", layer({"changed": b"%d" % number}))
        stored = recipe_file(tmp_path / f"recipe{number}", recipe(same, changed))
        with serving(tmp_path / "log", stored) as served:
            messages = docker("pull", served.references[0])
            assert messages.count("Already exists") == number - 1
            assert messages.count("Pull complete") == 3 - number
            pulled.append(served.references[0])
    docker.remove(*pulled)


def test_podman_pulls(hello: Serving, podman: Podman) -> None:
    [reference] = hello.references
    assert re.fullmatch(r"[0-9a-f]{64}", podman("pull", "--quiet", "--tls-verify=false", reference).strip())


def test_skopeo_copies_it(hello: Serving, skopeo: Skopeo, tmp_path: Path) -> None:
    [reference] = hello.references
    skopeo.copy(f"docker://{reference}", f"dir:{tmp_path}/copy")
    config = skopeo.inspect(f"docker://{reference}", "--config")
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert {diff_id.removeprefix("sha256:") for diff_id in config["rootfs"]["diff_ids"]} <= names


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_layers_are_compressed_on_request(tmp_path: Path, skopeo: Skopeo, compression: str) -> None:
    plain = tar_layer(tmp_path / "layer", layer({"file": bytes(100_000)}))
    stored = recipe_file(tmp_path / "recipe", recipe(plain, plain))
    with serving(tmp_path / "log", stored, options=("--layer-compression", compression)) as started:
        skopeo.copy(f"docker://{started.references[0]}", f"dir:{tmp_path}/copy", "--src-tls-verify=false")
    manifest = json.loads((tmp_path / "copy/manifest.json").read_text())
    assert [one["mediaType"].rpartition("+")[2] for one in manifest["layers"]] == [compression] * 2
    assert all(one["size"] < 1000 for one in manifest["layers"])


def test_skopeo_lists_its_tags(hello: Serving, skopeo: Skopeo) -> None:
    name = hello.references[0].rpartition(":")[0]
    command = (skopeo.program, "list-tags", "--tls-verify=false", f"docker://{name}")
    assert '"latest"' in output(*command).decode()


def test_a_pull_through_cache_in_front_of_it(hello: Serving, docker: Docker, tmp_path: Path) -> None:
    with registry_server(tmp_path, cache_of=hello.host) as cache:
        reference = hello.references[0].replace(hello.host, cache.host)
        docker("pull", "--quiet", reference)
        assert docker.run(reference) == "Hello, world!\n"
        docker.remove(reference)


def test_twenty_clients_at_once(hello: Serving, skopeo: Skopeo, tmp_path: Path) -> None:
    [reference] = hello.references
    failures: list[BaseException] = []

    def pull(number: int) -> None:
        try:
            skopeo.copy(f"docker://{reference}", f"dir:{tmp_path}/{number}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pull, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert hello.log.read_text() == ""


def idle_clients(stack: ExitStack, served: Serving, count: int, said: bytes = b"") -> None:
    """Clients that say so much and no more, until the stack ends."""
    host, _, port = served.host.partition(":")
    for _ in range(count):
        client = stack.enter_context(socket.create_connection((host, int(port)), timeout=60))
        client.sendall(said)


@pytest.mark.parametrize("said", [b"", b"GET /v2/", b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_thousand_idle_clients_leave_it_usable(hello: Serving, skopeo: Skopeo, tmp_path: Path, said: bytes) -> None:
    """Those that never asked, those in the middle of a question, and those that keep their connection."""
    with ExitStack() as stack:
        idle_clients(stack, hello, 1000, said)
        skopeo.copy(f"docker://{hello.references[0]}", f"dir:{tmp_path}/copy")
        assert len(list(Path(f"/proc/{hello.process.pid}/task").iterdir())) < 100


def test_out_of_descriptors_it_says_so_once_and_goes_on(tmp_path: Path, skopeo: Skopeo) -> None:
    image = recipe(*(tar_layer(tmp_path / f"layer{number}", layer({f"{number}": b"x"})) for number in range(10)))
    with serving(tmp_path / "log", recipe_file(tmp_path / "recipe", image)) as served, ExitStack() as stack:
        resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (40, 40))  # it began with more, and counts on them
        idle_clients(stack, served, 200)
        for number in range(2):
            skopeo.copy(f"docker://{served.references[0]}", f"dir:{tmp_path}/copy{number}")
        stack.close()
        skopeo.copy(f"docker://{served.references[0]}", f"dir:{tmp_path}/copy")
        [warning] = served.log.read_text().splitlines()
    assert warning.startswith("nixdock: warning: Too many open files: ")


def test_names_that_are_allowed(tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", b"x")))
    options = ("--host", "0.0.0.0", "--allow-host", "builder.example", "--allow-host", "BUILDER.")
    statuses = []
    with serving(tmp_path / "log", stored, options=options) as served:
        for name in ("builder.example:5000", "builder", "127.0.0.1", "other.example"):
            connection = HTTPConnection(served.host.replace("0.0.0.0", "127.0.0.1"), timeout=60)
            with closing(connection):
                connection.request("GET", "/v2/", headers={"Host": name})
                statuses.append(connection.getresponse().status)
    assert statuses == [200, 200, 200, 403]
    error = error_of("serve", stored, "--allow-host", "*")
    assert error == "'*' is no name of a machine in --allow-host: write NAME, without a port or *"


def test_a_store_path_altered_while_served(tmp_path: Path, skopeo: Skopeo) -> None:
    place = tree(tmp_path / "path", {"a": "1", "b": "2" * 3_000_000})
    stored = recipe_file(tmp_path / "recipe", recipe(store_layer(place), name="altered"))
    with serving(tmp_path / "log", stored) as served:
        (place / "a").write_text("9")
        with pytest.raises(AssertionError, match="exit status 1"):
            skopeo.copy(f"docker://{served.references[0]}", f"dir:{tmp_path}/copy")
        assert f" in {place}: " in served.log.read_text()
        (place / "a").write_text("1")
        skopeo.copy(f"docker://{served.references[0]}", f"dir:{tmp_path}/copy")


def test_interrupted_it_ends_cleanly(tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", b"x")))
    with serving(tmp_path / "log", stored) as served:
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(10) == 0
        assert served.log.read_text() == ""


def test_a_port_in_use(hello: Serving, tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", b"x")))
    error = error_of("serve", stored, "--port", hello.host.partition(":")[2])
    assert error.startswith(f"cannot listen (Address already in use) in {hello.host}: ")


def test_open_to_the_network_it_warns(tmp_path: Path) -> None:
    stored = recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer", b"x")))
    with serving(tmp_path / "log", stored, options=("--host", "0.0.0.0")) as served:
        assert served.log.read_text().startswith("nixdock: warning: 0.0.0.0:")


def test_images_without_a_tag_and_with_a_host(tmp_path: Path, skopeo: Skopeo) -> None:
    data = layer({"x": b"1"})
    image = recipe(tar_layer(tmp_path / "layer", data), name="registry.example:5000/team/app", tag=None)
    with serving(tmp_path / "log", recipe_file(tmp_path / "recipe", image), options=("--tag", "7")) as served:
        [reference] = served.references
        assert reference == f"{served.host}/team/app:7"
        assert skopeo.inspect(f"docker://{reference}", "--config")["rootfs"]["diff_ids"] == [sha256(data)]


def test_it_is_what_passthru_serve_does(nix: Nix) -> None:
    assert shutil.which(str(nix.build("examples.layered.serve")))
