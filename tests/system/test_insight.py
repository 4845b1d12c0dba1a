"""inspect of what is in the store of a real docker."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import error_of, nixdock
from tests.support.docker import Docker
from tests.support.nix_images import HELLO, REFERENCES, nix_archive


def test_an_image_of_docker_is_what_its_archive_is(docker: Docker, tmp_path: Path) -> None:
    archive = nix_archive(tmp_path / "image.tar")
    loaded = docker.load(archive)
    path = f"{Path(docker.client).parent}:/usr/bin:/bin"
    done = nixdock("inspect", f"docker-daemon:{loaded}", "--json", "--tree", DOCKER_HOST=docker.host, PATH=path)
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    known = json.loads(nixdock("inspect", archive, "--json", "--tree").stdout)
    assert (found["kind"], found["digests"]["config"]) == ("docker-daemon", docker.image_id(loaded))
    assert found["paths"] == known["paths"] and {path["path"] for path in found["paths"]} == REFERENCES.keys()
    assert found["roots"] == {"config.Cmd": [HELLO]}
    docker.remove(loaded)


def test_an_image_that_docker_lacks_is_one_line(docker: Docker) -> None:
    message = error_of("inspect", "docker-daemon:no/such:1", DOCKER_HOST=docker.host)
    assert message.startswith("docker cannot save the image in no/such:1: ")
