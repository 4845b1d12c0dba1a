"""What is inside the container: content, modes, owners, times, and a closure that is complete."""

from __future__ import annotations

import pytest

from tests.support.docker import Docker
from tests.support.nix import Nix

from .expressions import SCRIPTED
from .loader import Loader

OWNED = """dockerTools.buildImage {
  name = "owned";
  copyToRoot = pkgs.writeTextDir "home/file" "mine";
  config.Cmd = [ "${pkgs.busybox}/bin/busybox" ];
  uid = 1000;
  gid = 100;
}"""

UPPER = """dockerTools.buildImage {
  name = "registry.example/Team/Hello";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    Env = [ "LANG=C" ];
    ExposedPorts."80/tcp" = { };
    Labels.colour = "blue";
    Volumes."/data" = { };
  };
}"""


@pytest.mark.parametrize(
    ("path", "mode", "kind"),
    [
        ("/etc/greeting", "444", "regular file"),
        ("/tmp", "1777", "directory"),
        ("/secret", "700", "directory"),
        ("/secret/number", "640", "regular file"),
        ("/secret/link", "777", "symbolic link"),
        ("/nix", "755", "directory"),
        ("/nix/store", "755", "directory"),
    ],
)
def test_modes_owners_and_times(load: Loader, docker: Docker, path: str, mode: str, kind: str) -> None:
    _, reference = load(SCRIPTED)
    status = docker.run(reference, "/bin/stat", "-c", "%a %u %g %Y %F", path).strip()
    assert status == f"{mode} 0 0 1 {kind}"


def test_content(load: Loader, docker: Docker) -> None:
    _, reference = load(SCRIPTED)
    read = "cat /etc/greeting /secret/number /secret/link; readlink /secret/link"
    assert docker.run(reference, "/bin/sh", "-c", read) == "hellotwohello../etc/greeting\n"


def test_uid_and_gid_own_every_member(load: Loader, docker: Docker) -> None:
    _, reference = load(OWNED)
    tree = docker.tree(reference)
    assert {(member.uid, member.gid) for member in tree.values()} == {(1000, 100)}
    assert tree["home/file"].size == len("mine")


def test_the_closure_of_config_alone_runs(load: Loader, docker: Docker) -> None:
    _, reference = load(UPPER)
    assert docker.run(reference) == "Hello, world!\n"


def test_docker_reads_name_tag_and_config_as_given(load: Loader, docker: Docker, nix: Nix) -> None:
    image, reference = load(UPPER)
    hash_part = image.archive.name.split("-")[0]
    assert reference == f"registry.example/team/hello:{hash_part}"
    assert image.archive.name == f"{hash_part}-docker-image-Hello.tar.gz"
    assert nix.evaluate(f"{{ inherit ({UPPER}) imageName imageTag; }}") == (
        f'{{"imageName":"registry.example/team/hello","imageTag":"{hash_part}"}}'
    )
    config = docker.inspect(reference)["Config"]
    assert config["Env"] == ["LANG=C"]
    assert config["Labels"] == {"colour": "blue"}
    assert set(config["Volumes"]) == {"/data"}
    assert set(config["ExposedPorts"]) == {"80/tcp"}


def test_an_image_without_store_paths_has_no_nix_directory(load: Loader, docker: Docker) -> None:
    plain = 'dockerTools.buildImage { name = "plain"; copyToRoot = pkgs.writeTextDir "a/b" "c"; }'
    image, reference = load(plain)
    assert set(docker.tree(reference)) == {"a", "a/b"}
    assert image.recipe["layers"][0]["source"]["paths"] == []


def test_an_image_holds_exactly_its_closure(load: Loader, nix: Nix) -> None:
    image, _ = load(UPPER)
    assert image.store_paths == sorted(nix("nix-store", "-qR", nix.path("pkgs.hello")).split())
