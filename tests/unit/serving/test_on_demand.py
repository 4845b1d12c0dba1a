from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakValueDictionary

import pytest

from nixdock_hook.errors import InvalidInput, NotFound
from nixdock_hook.layers.content import LayerContents, layer_contents
from nixdock_hook.oci.model import LAYER_GZIP
from nixdock_hook.serving.on_demand import OnDemand
from nixdock_hook.sinks.blobs import FileBlob
from nixdock_hook.sinks.compressed import CompressedLayers
from tests.support.recipes import recipe, recipe_file, tar_layer


class Built:
    """Remembers what it is asked to build, and gives the same recipe for all of it."""

    def __init__(self, stored: Path) -> None:
        self.attributes: list[str] = []
        self._stored = str(stored)

    def __call__(self, attribute: str, is_gone: object) -> str:
        self.attributes.append(attribute)
        return self._stored


@pytest.fixture
def contents() -> Iterator[LayerContents]:
    with layer_contents() as opened:
        yield opened


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return Built(recipe_file(tmp_path / "recipe", recipe(name="registry.example/own", tag="7")))


@pytest.mark.parametrize("tag", ["latest", "7"])
@pytest.mark.parametrize(
    ("repository", "attribute"),
    [
        ("app", "app.recipe"),
        ("examples/hello-2", "examples.hello-2.recipe"),
        ("localhost/app", "localhost.app.recipe"),  # no host of a registry
        ("a_b/C", "a_b.C.recipe"),
    ],
)
def test_a_path_is_an_attribute(
    built: Built, contents: LayerContents, repository: str, attribute: str, tag: str
) -> None:
    image = OnDemand(built, ["*"], contents)(repository, tag, bool)
    assert (image.repository, image.tag, built.attributes) == (repository, tag, [attribute])


@pytest.mark.parametrize(
    "repository", ["", "a/", "/a", "a//b", "..", "a.b", "-A", "a/--expr", "a b", "a\n", "$(id)", 'a"b', "a#b", "é"]
)
def test_what_is_no_attribute_never_reaches_nix(built: Built, contents: LayerContents, repository: str) -> None:
    with pytest.raises(NotFound, match="^this name stands for no attribute in "):
        OnDemand(built, ["*"], contents)(repository, "latest", bool)
    assert built.attributes == []


def test_only_what_is_allowed(built: Built, contents: LayerContents) -> None:
    make = OnDemand(built, ["examples.*", "image"], contents)
    make("image", "latest", bool)
    make("examples/hello", "latest", bool)
    for refused in ("images", "example/hello", "my/examples/hello"):
        with pytest.raises(NotFound, match=r"is not served in this registry: it serves examples\.\*, image$"):
            make(refused, "latest", bool)
    assert built.attributes == ["image.recipe", "examples.hello.recipe"]


def test_a_link_can_have_the_attribute_s_name(built: Built, contents: LayerContents) -> None:
    OnDemand(built, ["*"], contents)("a/" * 119 + "aa", "latest", bool)
    assert len(built.attributes[0]) == 240 + len(".recipe") < 255
    with pytest.raises(NotFound, match="^this name stands for no attribute in "):
        OnDemand(built, ["*"], contents)("a/" * 120 + "a", "latest", bool)
    assert len(built.attributes) == 1


@pytest.mark.parametrize("tag", ["", "-x", "a b", "a\n", "x" * 129])
def test_what_is_no_tag_never_reaches_nix(built: Built, contents: LayerContents, tag: str) -> None:
    with pytest.raises(NotFound, match=" is no tag in app: "):
        OnDemand(built, ["*"], contents)("app", tag, bool)
    assert built.attributes == []


def test_another_tag(built: Built, contents: LayerContents) -> None:
    with pytest.raises(InvalidInput, match="^there is no tag 8 in app: it has 7, latest$"):
        OnDemand(built, ["*"], contents)("app", "8", bool)


def test_compressed_layers_are_kept_as_long_as_somebody_holds_their_image(
    tmp_path: Path, contents: LayerContents
) -> None:
    layer = tar_layer(tmp_path / "layer", b"1" * 10_000)
    held = WeakValueDictionary[str, FileBlob]()
    layers = CompressedLayers(contents, "gzip", held=held)
    on_demand = OnDemand(Built(recipe_file(tmp_path / "recipe", recipe(layer))), ["*"], contents, layers)
    first, second = (on_demand("app", "latest", bool) for _ in range(2))
    assert first.manifest == second.manifest and LAYER_GZIP.encode() in first.manifest.data
    [blob] = [blob for blob in first.blobs.values() if isinstance(blob, FileBlob)]
    assert second.blobs[blob.descriptor.digest] is blob  # made once
    file = blob.file
    del first, second, blob
    gc.collect()
    assert file.closed and not held
