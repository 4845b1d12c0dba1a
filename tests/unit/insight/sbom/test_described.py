"""Images as a bill describes them: where each store path is, and what is known of it."""

from __future__ import annotations

from pathlib import Path

from nixdock_hook.images.recipe import Recipe
from nixdock_hook.insight.opened.model import ImageLayer, OpenedImage, StorePath
from nixdock_hook.insight.sbom.described import described_image, described_plan, described_recipe
from nixdock_hook.layers.source import ArchiveSource, Layer, StoreSource
from nixdock_hook.oci.model import LAYER_TAR, History, Platform
from nixdock_hook.store.closure import PathInfo
from tests.support import images
from tests.support.bills import CONF, HELLO, LIBC
from tests.support.recipes import recipe, store_layer, tree

HASH = "sha256:" + 64 * "0"
INFOS = {HELLO: PathInfo(HELLO, (HELLO, LIBC, CONF), HASH, 100), LIBC: PathInfo(LIBC, (), HASH, 200)}


def layer(digit: str, *paths: str, root: tuple[str, ...] = ()) -> Layer:
    source = StoreSource(paths, root)
    return Layer(f"sha256:{digit * 64}", 1024, LAYER_TAR, History(), source)


def based(tmp_path: Path) -> Recipe:
    """An image on one from elsewhere that holds glibc in its second layer."""
    held: list[dict[str, bytes | str | None]] = [{"etc/": None}, {"nix/": None, "nix/store/": None, LIBC[1:]: b"libc"}]
    archive = tmp_path / "base.tar"
    data = [images.layer(files) for files in held]
    archive.write_bytes(images.layer({f"{number}.tar": tar for number, tar in enumerate(data)}))
    foreign = [
        Layer(images.sha256(tar), len(tar), LAYER_TAR, History(), ArchiveSource(str(archive), f"{number}.tar"))
        for number, tar in enumerate(data)
    ]
    return recipe(*foreign, layer("3", HELLO), base_holds={LIBC.rpartition("/")[2]: HASH})


def test_layers_references_and_hashes() -> None:
    found = described_recipe(recipe(layer("1", LIBC), layer("2", HELLO)), "9", INFOS, INFOS, {})
    hello, libc = found.paths
    assert (hello.path, hello.layer, hello.references) == (HELLO, "sha256:" + "2" * 64, (LIBC,))
    assert (libc.layer, libc.nar_size, libc.nar_hash) == ("sha256:" + "1" * 64, 200, "sha256:" + 52 * "0")
    assert (found.tag, found.layers) == ("9", ("sha256:" + "1" * 64, "sha256:" + "2" * 64))
    assert not found.is_based


def test_a_tree_at_the_root_is_there_although_its_store_path_is_not() -> None:
    image = recipe(layer("1", LIBC, root=(f"{HELLO}/share", "/nix/store/root.tar")))
    hello, libc = described_recipe(image, None, INFOS, INFOS, {f"{HELLO}/share": f"{HELLO}/share"}).paths
    assert (hello.path, hello.is_copied, hello.layer) == (HELLO, True, "sha256:" + "1" * 64)
    assert not libc.is_copied
    [scripted, _] = described_recipe(image, None, INFOS, INFOS, {HELLO: "/nix/store/root.tar"}).paths
    assert scripted.layer == "sha256:" + "1" * 64


def test_a_path_at_both_places_comes_once() -> None:
    image = recipe(layer("1", root=(HELLO,)), layer("2", HELLO))
    [hello] = described_recipe(image, None, INFOS, INFOS, {HELLO: HELLO}).paths
    assert (hello.is_copied, hello.layer) == (True, "sha256:" + "2" * 64)


def test_a_base_from_elsewhere(tmp_path: Path) -> None:
    image = based(tmp_path)
    found = described_recipe(image, None, INFOS, {HELLO}, {})
    hello, libc = found.paths
    assert found.is_based
    assert (libc.path, libc.layer, libc.references) == (LIBC, image.layers[1].diff_id, None)
    assert (libc.is_claimed, libc.nar_hash, hello.is_claimed) == (True, None, False)
    assert hello.references == (LIBC,)


def test_what_the_image_had_to_have_was_compared_with_the_base(tmp_path: Path) -> None:
    image = based(tmp_path)
    _, libc = described_recipe(image, None, INFOS, INFOS, {}).paths
    assert (libc.is_claimed, libc.nar_size, libc.layer) == (False, 200, image.layers[1].diff_id)


def test_a_plan_knows_the_layers_of_its_base_alone(tmp_path: Path) -> None:
    base = recipe(layer("1", LIBC))
    found = described_plan("app", None, {}, {HELLO: INFOS[HELLO]}, base, {LIBC: INFOS[LIBC]}, {CONF: CONF})
    assert [(path.path, path.layer, path.is_copied) for path in found.paths] == [
        (HELLO, None, False),
        (LIBC, "sha256:" + "1" * 64, False),
        (CONF, None, True),
    ]
    assert found.layers == ()
    without = described_plan("app", "1", {}, INFOS, None, {}, {})
    assert [path.path for path in without.paths] == [HELLO, LIBC]


def test_an_opened_image() -> None:
    paths = (StorePath(HELLO, 1, 100, (LIBC,), HASH), StorePath(LIBC, None))
    layers = (ImageLayer("sha256:" + "1" * 64, 1), ImageLayer("sha256:" + "2" * 64, 1))
    opened = OpenedImage(
        "x/y.tar", "docker-archive", "", None, Platform("amd64", "linux"), None, {}, layers, paths=paths
    )
    found = described_image(opened)
    assert (found.name, found.phase, found.is_based, found.created) == ("y.tar", "post-build", True, "")
    assert [(path.layer, path.references) for path in found.paths] == [("sha256:" + "2" * 64, (LIBC,)), (None, None)]


def test_real_layers(tmp_path: Path) -> None:
    path = tree(tmp_path / HELLO.rpartition("/")[2], {"bin/hello": "x"})
    image = recipe(store_layer(path))
    [found] = described_recipe(image, None, {}, {}, {}).paths
    assert (found.path, found.layer, found.references) == (str(path), image.layers[0].diff_id, None)
