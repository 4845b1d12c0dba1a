"""`nixdock serve --file` and `--flake`: the real Nix builds what docker asks for."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.support.command import error_of, nixdock, usage_error_of
from tests.support.docker import Docker
from tests.support.nix import PRELUDE, Nix
from tests.support.server import wait_until
from tests.support.serving import Serving, serving
from tests.support.skopeo import Skopeo
from tests.support.tools import ROOT

FILE = """{
  app = nixdock.buildImage {
    name = "app";
    tag = "7";
    copyToRoot = pkgs.writeTextDir "etc/version" "first";
  };
  examples = { inherit (nixdock.examples) hello index; };
  broken = nixdock.buildImage { name = "broken"; extraCommands = "exit 3"; };
  throws = throw "on purpose";
  slow = nixdock.buildImage {
    name = "slow";
    copyToRoot = pkgs.runCommandLocal "slow" { now = builtins.currentTime; } "sleep 4; mkdir $out; echo $now > $out/x";
  };
}
"""


def on_demand(nix: Nix, log: Path, *options: str) -> AbstractContextManager[Serving]:
    settings = {name: nix.environment[name] for name in ("NIX_CONFIG", "NIX_PATH", "USER")}
    return serving(log, options=options, environment=settings)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A Nix file that a test may change."""
    (tmp_path / "images.nix").write_text(PRELUDE + FILE)
    return tmp_path / "images.nix"


@pytest.fixture
def served(nix: Nix, tmp_path: Path, file: Path) -> Iterator[Serving]:
    with on_demand(nix, tmp_path / "log", "--file", str(file)) as started:
        yield started


def problem(host: str, path: str) -> tuple[int, str, str]:
    """Status, code and message of the registry's answer."""
    with pytest.raises(HTTPError) as caught:
        urlopen(f"http://{host}/v2/{path}", timeout=60)
    [error] = json.load(caught.value)["errors"]
    return caught.value.code, error["code"], error["message"]


def test_docker_pulls_and_runs_what_was_not_built_before(served: Serving, docker: Docker) -> None:
    reference = f"{served.host}/examples/hello"
    docker("pull", "--quiet", reference)
    assert docker.run(reference) == "Hello, world!\n"
    docker.remove(reference)
    assert "nixdock: building examples.hello.recipe\n" in served.log.read_text()


def test_docker_waits_for_a_slow_build(served: Serving, docker: Docker) -> None:
    reference = f"{served.host}/slow:latest"
    docker("pull", "--quiet", reference)
    docker.remove(reference)


def test_an_index_has_all_its_platforms(served: Serving, skopeo: Skopeo) -> None:
    raw = skopeo.inspect(f"docker://{served.host}/examples/index", "--raw")
    assert [entry["platform"]["architecture"] for entry in raw["manifests"]] == ["amd64", "arm64"]


def test_a_changed_file_is_built_again_and_the_old_blobs_stay(served: Serving, file: Path, skopeo: Skopeo) -> None:
    place = f"docker://{served.host}/app"
    before, again = (skopeo.inspect(f"{place}:7", "--raw") for _ in range(2))
    file.write_text(file.read_text().replace("first", "second"))
    after = skopeo.inspect(f"{place}:7", "--raw")
    assert before == again != after
    for manifest in (before, after):
        for blob in (manifest["config"], *manifest["layers"]):
            with urlopen(f"http://{served.host}/v2/app/blobs/{blob['digest']}", timeout=60) as answer:
                assert len(answer.read()) == blob["size"]


def test_who_asks_meanwhile_waits_for_the_same_build(served: Serving) -> None:
    found: list[bytes] = []

    def ask() -> None:
        with urlopen(f"http://{served.host}/v2/slow/manifests/latest", timeout=60) as answer:
            found.append(answer.read())

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5 and len(set(found)) == 1
    assert served.log.read_text().count("building slow.recipe") == 1


def test_what_cannot_be_had(served: Serving, tmp_path: Path) -> None:
    assert problem(served.host, "nothing/manifests/1")[:2] == (404, "NAME_UNKNOWN")
    assert problem(served.host, "examples/manifests/1")[:2] == (404, "NAME_UNKNOWN")  # no image
    assert problem(served.host, "app/manifests/8")[1:] == (
        "MANIFEST_UNKNOWN",
        "there is no tag 8 in app: it has 7, latest",
    )
    status, code, message = problem(served.host, "broken/manifests/latest")
    assert (status, code) == (404, "MANIFEST_UNKNOWN")
    assert message.startswith(f"Nix cannot build broken.recipe in {tmp_path}/images.nix: the script `extraCommands` ")
    assert problem(served.host, "throws/manifests/latest")[2].endswith(": on purpose")
    assert f"nixdock: {message}\n" in served.log.read_text()
    assert "failed to build" in served.log.read_text()  # Nix's messages, whole


def test_nothing_of_an_url_reaches_a_shell(served: Serving, tmp_path: Path) -> None:
    for name in ("app%22", f"$(touch%20{tmp_path}/made)", f"%60touch%20{tmp_path}/made%60", "--expr", "app.recipe"):
        assert problem(served.host, f"{name}/manifests/latest")[1] == "NAME_UNKNOWN"
    assert not (tmp_path / "made").exists()
    assert "building" not in served.log.read_text()


@pytest.mark.parametrize("name", ["app/recipe", "app/stream", "app/archive", "app/override", "examples/hello/layer"])
def test_what_an_image_has_besides_is_no_image(served: Serving, name: str) -> None:
    code, message = problem(served.host, f"{name}/manifests/latest")[1:]
    image, attribute = name.rpartition("/")[0].replace("/", "."), name.replace("/", ".")
    assert (code, message.partition(" in ")[0]) == ("NAME_UNKNOWN", f"{attribute} is a part of {image}")


def test_a_few_builds_at_a_time_and_none_that_nobody_waits_for(nix: Nix, file: Path, tmp_path: Path) -> None:
    """What waits costs no Nix process, and what runs ends with the last client that waits for it, builder and all."""
    builds = "".join(f'b{number}.recipe = build "{number}";' for number in range(5))
    file.write_text(f"""{PRELUDE}let build = number: pkgs.runCommandLocal "endless-${{number}}" {{ }}
      "echo ${{toString builtins.currentTime}}; sleep 0.${{number}}; while :; do sleep 1; done"; in {{ {builds} }}""")
    with on_demand(nix, tmp_path / "log", "--file", str(file), "--jobs", "1") as served, ExitStack() as clients:
        for number in range(5):
            client = clients.enter_context(socket.create_connection(address(served)))
            client.sendall(f"GET /v2/b{number}/manifests/latest HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: any(line.startswith("sleep 1") for line in descendants(served.process.pid)), "a build runs")
        assert len({line for line in descendants(served.process.pid) if line.startswith("nix-build ")}) == 1
        clients.close()
        wait_until(lambda: descendants(served.process.pid) == [], "nothing runs any more")
    said = served.log.read_text()
    assert said.count("nixdock: building ") == said.count("nobody waits for it") == 1


def address(served: Serving) -> tuple[str, int]:
    host, _, port = served.host.partition(":")
    return host, int(port)


def descendants(process: int) -> list[str]:
    """The command lines of what a process started, and of what those did (proc(5))."""
    children: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            children += map(int, listed.read_text().split())
    found: list[str] = []
    for child in children:
        with suppress(OSError):
            found.append(Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "))
        found += descendants(child)
    return found


def test_only_what_is_allowed(nix: Nix, file: Path, tmp_path: Path) -> None:
    with on_demand(nix, tmp_path / "log", "--file", str(file), "--allow", "examples.*") as limited:
        assert problem(limited.host, "app/manifests/7")[1:] == (
            "NAME_UNKNOWN",
            "app is not served in this registry: it serves examples.*",
        )
        with urlopen(f"http://{limited.host}/v2/examples/hello/manifests/latest", timeout=60) as answer:
            assert answer.status == 200


def test_a_flake(nix: Nix, tmp_path: Path) -> None:
    """Its `packages` and what it has besides; and options for Nix: the embedded set is not pure."""
    (tmp_path / "flake").mkdir()
    (tmp_path / "flake/flake.nix").write_text(f"""{{
      outputs = {{ self }}: let nixdock = import {ROOT} {{ pkgs = import {ROOT}/nix/embedded {{ }}; }}; in {{
        inherit (nixdock) examples;
        packages.x86_64-linux.hello = nixdock.examples.hello;
      }};
    }}""")
    options = ("--flake", f"path:{tmp_path}/flake", "--", "--impure")
    with on_demand(nix, tmp_path / "log", *options) as served:
        assert problem(served.host, "examples/nothing/manifests/latest")[:2] == (404, "NAME_UNKNOWN")
        for part in ("hello/recipe", "examples/hello/recipe"):
            assert " is a part of " in problem(served.host, f"{part}/manifests/latest")[2]
        manifests = []
        for name in ("hello", "examples/hello"):
            with urlopen(f"http://{served.host}/v2/{name}/manifests/latest", timeout=60) as answer:
                manifests.append(answer.read())
        assert manifests[0] == manifests[1]


def test_what_was_temporary_goes_away(nix: Nix, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with on_demand(nix, tmp_path / "log", "--file", str(file)) as served:
        for _ in range(2):
            with urlopen(f"http://{served.host}/v2/app/manifests/7", timeout=60) as answer:
                assert answer.status == 200
        [links] = (tmp_path / "temporary").glob("nixdock.*")
        [link] = links.iterdir()
        assert str(link.readlink()) in nix("nix-store", "--gc", "--print-live").split()
    assert list((tmp_path / "temporary").glob("nixdock.*")) == []


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ((), "no image is named"),
        (("--file", "a.nix", "--flake", "."), "images of several kinds are named"),
        (("recipe", "--file", "a.nix"), "images of several kinds are named"),
        (("recipe", "--allow", "*"), "options for builds beside a recipe"),
        (("recipe", "--jobs", "2"), "options for builds beside a recipe"),
        (("recipe", "--", "--option", "cores", "1"), "options for builds beside a recipe"),
    ],
)
def test_images_of_one_kind_are_served(options: tuple[str, ...], what: str) -> None:
    assert usage_error_of("serve", *options) == what


@pytest.mark.parametrize(("jobs", "is_a_number"), [("0", False), ("-1", False), ("two", False), ("1", True)])
def test_a_number_of_jobs(jobs: str, is_a_number: bool, tmp_path: Path) -> None:
    done = nixdock("serve", "--file", tmp_path / "missing.nix", "--jobs", jobs)
    assert (b"there is no such file" in done.stderr) == is_a_number and done.returncode == 2 - is_a_number


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = error_of("serve", "--file", tmp_path / "missing.nix")
    assert error == f"there is no such file in {tmp_path}/missing.nix: --file takes the path of a Nix file"
