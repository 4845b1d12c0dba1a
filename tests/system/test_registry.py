"""Our archive through other people's tools: skopeo into a real registry, docker out of it, umoci to the disk."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.support.docker import Docker
from tests.support.images import gunzip
from tests.support.nix import Nix
from tests.support.registry import Registry
from tests.support.skopeo import Skopeo
from tests.support.tools import need, output

from .expressions import SCRIPTED
from .loader import Loader


def test_a_registry_accepts_what_skopeo_pushes_and_docker_pulls_it(
    load: Loader, docker: Docker, registry: Registry, skopeo: Skopeo, tmp_path: Path
) -> None:
    image, loaded = load(SCRIPTED)
    remote = f"{registry.host}/team/scripted:1"
    skopeo.copy(f"docker-archive:{gunzip(image.archive, tmp_path)}", f"docker://{remote}")
    manifest = registry.manifest("team/scripted", "1")
    assert len(manifest["layers"]) == len(image.diff_ids)
    docker("pull", "--quiet", remote)
    assert docker.image_id(remote) == docker.image_id(loaded) == manifest["config"]["digest"]


def test_a_registry_accepts_it_as_an_oci_image(
    load: Loader, docker: Docker, registry: Registry, skopeo: Skopeo, tmp_path: Path
) -> None:
    image, _ = load(SCRIPTED)
    remote = f"{registry.host}/team/oci:1"
    skopeo.copy(f"docker-archive:{gunzip(image.archive, tmp_path)}", f"docker://{remote}", "--format", "oci")
    assert skopeo.inspect(f"docker://{remote}", "--config")["rootfs"]["diff_ids"] == image.diff_ids
    docker("pull", "--quiet", remote)
    assert docker.run(remote, "/bin/cat", "/etc/greeting") == "hello"


def test_umoci_unpacks_the_store_paths_unchanged(load: Loader, nix: Nix, skopeo: Skopeo, tmp_path: Path) -> None:
    image, _ = load(SCRIPTED)
    root = unpack(image.archive, skopeo, tmp_path)
    paths = image.store_paths
    assert paths
    for path in paths:
        [unpacked] = nix("nix-hash", "--type", "sha256", "--base32", f"{root}{path}").split()
        assert f"sha256:{unpacked}" == nix("nix-store", "-q", "--hash", path).strip()
    assert sorted(f"/nix/store/{entry.name}" for entry in (root / "nix/store").iterdir()) == paths


def test_umoci_and_docker_unpack_the_same_tree(load: Loader, docker: Docker, skopeo: Skopeo, tmp_path: Path) -> None:
    image, reference = load(SCRIPTED)
    root = unpack(image.archive, skopeo, tmp_path)
    by_umoci = {str(path.relative_to(root)): path.lstat() for path in root.rglob("*")}
    # docker's tar repeats the kind of a file in its mode, and its files in /etc change that directory's time
    by_docker = {
        name: (member.mode & 0o7777, member.uid, member.gid) for name, member in docker.tree(reference).items()
    }
    assert {name: (stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid) for name, s in by_umoci.items()} == by_docker
    assert {status.st_mtime for status in by_umoci.values()} == {1}


def unpack(archive: Path, skopeo: Skopeo, directory: Path) -> Path:
    """The root file system that umoci makes of a docker-archive."""
    skopeo.copy(f"docker-archive:{gunzip(archive, directory)}", f"oci:{directory}/layout:1")
    output(need("umoci"), "unpack", "--image", f"{directory}/layout:1", directory / "bundle")
    return directory / "bundle/rootfs"
