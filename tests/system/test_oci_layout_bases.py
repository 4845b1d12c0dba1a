"""OCI layouts, as skopeo and nixdock write them, as bases."""

from __future__ import annotations

from pathlib import Path

from tests.support.docker import Docker
from tests.support.foreign import foreign_archive
from tests.support.skopeo import Skopeo

from .loader import Loader


def on_top_of(base: str) -> str:
    contents = 'copyToRoot = pkgs.writeTextDir "etc/top" "of the top\\n";'
    return f'dockerTools.buildImage {{ name = "on-layout"; tag = "1"; fromImage = {base}; {contents} }}'


def test_a_layout_of_skopeos(load: Loader, docker: Docker, skopeo: Skopeo, tmp_path: Path) -> None:
    archive = foreign_archive(tmp_path / "base.tar")
    skopeo.copy(f"docker-archive:{archive}", f"oci:{tmp_path}/layout:1")
    image, reference = load(on_top_of(f"{tmp_path}/layout"))
    assert [layer["source"]["kind"] for layer in image.recipe["layers"]] == ["blob", "blob", "store"]
    assert docker.run(reference, "/bin/sh", "-c", "busybox cat /etc/top; busybox wc -c </marker") == "of the top\n32\n"


def test_a_layout_of_ours(load: Loader, docker: Docker) -> None:
    base = 'dockerTools.buildImage { name = "x"; tag = "1"; copyToRoot = pkgs.busybox; config.Env = [ "WHO=base" ]; }'
    _, reference = load(on_top_of(f"({base}).ociLayout"))
    assert docker.run(reference, "/bin/sh", "-c", "cat /etc/top; echo $WHO") == "of the top\nbase\n"
