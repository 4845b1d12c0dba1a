"""`fromImage`: bases as docker, skopeo, compressors, other people and nixdock itself write them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.docker import Docker
from tests.support.images import docker_archive, gunzip, layer, layers_of, sha256
from tests.support.nix import Image, Nix
from tests.support.skopeo import Skopeo
from tests.support.tools import need, output

from .loader import Loader

BASE = """dockerTools.buildImage {
  name = "base";
  tag = "1";
  copyToRoot = [ pkgs.busybox (pkgs.writeTextDir "from/base" "base") ];
  config = {
    Cmd = [ "${pkgs.busybox}/bin/sh" ];
    Env = [ "PATH=/bin" "WHO=base" ];
    Labels.of = "base";
  };
}"""


CMD = 'config.Cmd = [ "${pkgs.busybox}/bin/sh" ];'


def on_top_of(base: str | Path, arguments: str = "") -> str:
    """The expression of an image on a base; a Path of Python is a path of Nix."""
    return f"""dockerTools.buildImage {{
      name = "top";
      tag = "1";
      fromImage = {base};
      copyToRoot = [ pkgs.busybox (pkgs.writeTextDir "from/top" "top") ];
      config.Env = [ "WHO=top" ];
      {arguments}
    }}"""


def by_docker_save(docker: Docker, skopeo: Skopeo, directory: Path, base: Image) -> Path:
    docker.load(base.archive)
    return docker.save("base:1", directory / "base.tar")


def by_skopeo(docker: Docker, skopeo: Skopeo, directory: Path, base: Image) -> Path:
    plain = gunzip(base.archive, directory)
    skopeo.copy(f"docker-archive:{plain}", f"docker-archive:{directory}/base.tar:base:1")
    return directory / "base.tar"


def by_gzip(docker: Docker, skopeo: Skopeo, directory: Path, base: Image) -> Path:
    compressed = directory / "base.tar.gz"
    compressed.write_bytes(gzip.compress(by_skopeo(docker, skopeo, directory, base).read_bytes(), 1))
    return compressed


def by_zstd(docker: Docker, skopeo: Skopeo, directory: Path, base: Image) -> Path:
    output(need("zstd"), "-q", "-1", by_skopeo(docker, skopeo, directory, base))
    return directory / "base.tar.zst"


@pytest.mark.parametrize("written", [by_docker_save, by_skopeo, by_gzip, by_zstd])
def test_an_archive_as_base(
    written: Callable[[Docker, Skopeo, Path, Image], Path],
    nix: Nix,
    docker: Docker,
    skopeo: Skopeo,
    load: Loader,
    tmp_path: Path,
) -> None:
    base = nix.image(BASE)
    image, reference = load(on_top_of(written(docker, skopeo, tmp_path, base)))
    expect_top_on_base(image, reference, base, docker)


def test_an_image_of_ours_as_base_is_not_unpacked(nix: Nix, docker: Docker, load: Loader) -> None:
    base = nix.image(BASE)
    image, reference = load(on_top_of(f"({BASE})"))
    expect_top_on_base(image, reference, base, docker)
    assert [layer["source"]["kind"] for layer in image.recipe["layers"]] == ["store", "store"]


def expect_top_on_base(image: Image, reference: str, base: Image, docker: Docker) -> None:
    """The base's layers, history, Env and files, and ours on top; nothing of the base's store paths again."""
    assert docker.layers(reference) == image.diff_ids
    assert image.diff_ids[:-1] == base.diff_ids
    assert len(docker.history(reference)) == len(image.diff_ids)
    assert docker.inspect(reference)["Config"]["Env"] == ["PATH=/bin", "WHO=top"]
    assert docker.inspect(reference)["Config"]["Labels"] is None
    read = 'echo "$(cat /from/base /from/top) $WHO"'
    assert docker.run(reference, "/bin/sh", "-c", read) == "basetop top\n"
    own_paths = image.recipe["layers"][-1]["source"]["paths"]
    assert not set(own_paths) & set(base.recipe["layers"][0]["source"]["paths"])


def test_identical_layers_stay_repeated(docker: Docker, load: Loader, tmp_path: Path) -> None:
    one, other = layer({"one": b"1"}), layer({"other": b"2"})
    base = docker_archive(tmp_path / "base.tar", [one, other, one])
    image, reference = load(on_top_of(base))
    assert docker.layers(reference)[:3] == [sha256(one), sha256(other), sha256(one)]
    assert docker.layers(reference) == image.diff_ids


def test_whiteouts_of_the_base_hold(docker: Docker, load: Loader, tmp_path: Path) -> None:
    lower = layer({"gone": b"x", "opaque": None, "opaque/old": b"x", "from": None, "from/kept": b"y"})
    upper = layer({".wh.gone": b"", "opaque": None, "opaque/.wh..wh..opq": b"", "opaque/new": b"z"})
    _, reference = load(on_top_of(docker_archive(tmp_path / "base.tar", [lower, upper])))
    outside = {name for name in docker.tree(reference) if name.split("/")[0] in {"gone", "opaque", "from"}}
    assert outside == {"opaque", "opaque/new", "from", "from/kept", "from/top"}


def test_names_of_members_are_read_as_runtimes_read_them(
    nix: Nix, docker: Docker, load: Loader, tmp_path: Path
) -> None:
    busybox = Path(nix.path("pkgs.busybox")).name
    # A repeated path is left out: docker 20.10 refuses to load it (overlay2 records each layer's members).
    odd = {"./dotted": b"1", "/rooted": b"2", f"./nix/store/{busybox}": b"a fake"}
    image, reference = load(on_top_of(docker_archive(tmp_path / "base.tar", [layer(odd)]), CMD))
    assert {"dotted", "rooted"} <= set(docker.tree(reference))
    assert f"/nix/store/{busybox}" in image.recipe["layers"][-1]["source"]["paths"]
    docker.run(reference, "/bin/true")


def test_a_store_path_that_the_base_deleted_is_in_our_layer(
    nix: Nix, docker: Docker, load: Loader, tmp_path: Path
) -> None:
    base = nix.image(BASE)
    busybox = nix.path("pkgs.busybox")
    assert busybox in base.recipe["layers"][0]["source"]["paths"]
    whiteout = layer({"nix": None, "nix/store": None, f"nix/store/.wh.{Path(busybox).name}": b""})
    archive = docker_archive(tmp_path / "base.tar", [*layers_of(base.archive), whiteout])
    image, reference = load(on_top_of(archive, CMD))
    own_paths = image.recipe["layers"][-1]["source"]["paths"]
    assert busybox in own_paths
    assert not set(own_paths) & (set(base.recipe["layers"][0]["source"]["paths"]) - {busybox})
    assert docker.run(reference, f"{busybox}/bin/busybox", "echo", "runs") == "runs\n"


@pytest.mark.parametrize(("tag", "content"), [("1", "first"), ("2", "second")])
def test_one_image_of_several(
    docker: Docker, skopeo: Skopeo, load: Loader, tmp_path: Path, tag: str, content: str
) -> None:
    bases = {number: layer({"which": text}) for number, text in (("1", b"first"), ("2", b"second"))}
    for number, base in bases.items():
        docker.load(docker_archive(tmp_path / f"{number}.tar", [base], tags=[f"several:{number}"]))
    docker("save", "--output", tmp_path / "several.tar", "several:1", "several:2")
    chosen = f'fromImageName = "several"; fromImageTag = "{tag}";'
    image, reference = load(on_top_of(tmp_path / "several.tar", chosen))
    assert image.diff_ids[0] == sha256(bases[tag])
    assert docker.run(reference, "/bin/cat", "/which") == content


@pytest.mark.parametrize(
    ("inherit", "command", "labels"),
    [("env", None, None), ("all", ["/bin/echo", "of the base"], {"of": "base"}), ("none", None, None)],
)
def test_how_much_of_the_config_is_inherited(
    docker: Docker, load: Loader, tmp_path: Path, inherit: str, command: list[str] | None, labels: dict[str, str] | None
) -> None:
    config = {"Env": ["WHO=base", "ONLY=base"], "Labels": {"of": "base"}, "Cmd": ["/bin/echo", "of the base"]}
    base = docker_archive(tmp_path / "base.tar", [layer({"a": b""})], config=config)
    _, reference = load(on_top_of(base, f'inheritConfig = "{inherit}";'))
    found = docker.inspect(reference)["Config"]
    assert found["Env"] == (["WHO=top"] if inherit == "none" else ["ONLY=base", "WHO=top"])
    assert (found["Cmd"], found["Labels"]) == (command, labels)
