from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.recipe import EmptyHistory, Recipe, read_recipe, write_recipe
from nixdock_hook.layers.source import ArchiveSource, Layer, Source, StoreSource, TarSource
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_TAR, History, Platform
from nixdock_hook.trees.tree import Owner
from tests.support import images
from tests.support.recipes import recipe

DIGESTS = [f"sha256:{digit * 64}" for digit in "0123456789"]
REMEDY = "build one: nix-build -A NAME.recipe"


def layer(number: int, source: Source | None = None, media_type: str = LAYER_TAR) -> Layer:
    history = History("2020-01-01T00:00:00Z", f"layer {number}")
    return Layer(DIGESTS[number], 512 * number, media_type, history, source or TarSource(f"/nix/store/{number}.tar"))


FULL = Recipe(
    name="registry.example/team/app",
    tag="1.2",
    platform=Platform("arm64", "linux", "v8"),
    created="2020-02-02T02:02:02Z",
    config={"Env": ["A=é"], "Cmd": ["/bin/x"], "Anything": {"b": 1, "a": None}},
    layers=(
        layer(0, ArchiveSource("/nix/store/base.tar", "0/layer.tar"), LAYER_GZIP),
        layer(1),
        layer(2, StoreSource(("/nix/store/a",), ("/nix/store/root",), Owner(1, 2, "u", "g"), 7, "keep")),
    ),
    empty_history=(EmptyHistory(1, History(created_by="ENV", empty_layer=True)),),
    base_holds={"b": DIGESTS[9]},
)


class TestRecipeFile:
    def test_what_is_written_is_read_again(self, tmp_path: Path) -> None:
        write_recipe(FULL, str(tmp_path / "image.json"))
        assert read_recipe(str(tmp_path / "image.json")) == FULL
        assert read_recipe(str(tmp_path)) == FULL

    def test_a_recipe_may_lack_a_tag(self, tmp_path: Path) -> None:
        write_recipe(replace(FULL, tag=None), str(tmp_path / "image.json"))
        assert read_recipe(str(tmp_path)) == replace(FULL, tag=None)

    def test_bytes_are_canonical(self, tmp_path: Path) -> None:
        image = recipe(layer(1, StoreSource(("/nix/store/é",))), config={"Cmd": ["x"]})
        write_recipe(image, str(tmp_path / "image.json"))
        assert (tmp_path / "image.json").read_text("utf-8") == (
            '{"base_holds":{},"config":{"Cmd":["x"]},"created":"1970-01-01T00:00:01Z","empty_history":[],"layers":['
            '{"diff_id":"sha256:1111111111111111111111111111111111111111111111111111111111111111",'
            '"history":{"created":"2020-01-01T00:00:00Z","created_by":"layer 1"},'
            '"media_type":"application/vnd.oci.image.layer.v1.tar","size":512,'
            '"source":{"dirlinks":"conflict","kind":"store","mtime":1,'
            '"owner":{"gid":0,"gname":"root","uid":0,"uname":"root"},"paths":["/nix/store/é"],"perms":[],"root":[]}}],'
            '"name":"app","platform":{"architecture":"amd64","os":"linux"},"recipe":1,"tag":"1"}\n'
        )

    def test_bytes_do_not_depend_on_the_order_of_keys(self, tmp_path: Path) -> None:
        one = recipe(config={"A": 1, "B": 2}, base_holds={"x": DIGESTS[1], "y": DIGESTS[2]})
        other = recipe(config={"B": 2, "A": 1}, base_holds={"y": DIGESTS[2], "x": DIGESTS[1]})
        write_recipe(one, str(tmp_path / "one"))
        write_recipe(other, str(tmp_path / "other"))
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()

    def test_nothing_half_written_stays(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_recipe(recipe(config={"Number": float("nan")}), str(tmp_path / "image.json"))
        assert not (tmp_path / "image.json").exists()

    @pytest.mark.parametrize("place", ["image.json", "directory"])
    def test_a_missing_recipe(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "directory").mkdir()
        missing = tmp_path / "image.json" if place == "image.json" else tmp_path / "directory" / "image.json"
        with pytest.raises(InvalidInput) as caught:
            read_recipe(str(tmp_path / place))
        assert str(caught.value) == f"there is no recipe in {missing}: {REMEDY}"

    @pytest.mark.parametrize("version", [0, 2])
    def test_a_recipe_of_another_version(self, tmp_path: Path, version: int) -> None:
        error = self.read_error(tmp_path, json.dumps({"recipe": version}).encode())
        assert error == f"recipe version {version} in {tmp_path}/image.json: this nixdock reads version 1"

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", "Expecting value"),
            (b"PK\x03\x04\xff", "byte 4 is not UTF-8"),
            (b'{"recipe":1', "delimiter"),
            (b"[" * 100_000, "recursion"),
            (b"[]", "the document is not an object"),
            (b"{}", "recipe is missing"),
            (b'{"recipe":"1"}', "recipe is not an integer"),
        ],
    )
    def test_what_is_no_recipe(self, tmp_path: Path, data: bytes, problem: str) -> None:
        error = self.read_error(tmp_path, data)
        assert error.startswith("not a recipe (") and problem in error
        assert error.endswith(f") in {tmp_path}/image.json: {REMEDY}")

    def test_an_oci_layout(self, tmp_path: Path) -> None:
        (tmp_path / "oci-layout").write_text("{}")
        with pytest.raises(InvalidInput, match="^this is an OCI layout, not a recipe in "):
            read_recipe(str(tmp_path))

    def test_of_a_recipe_that_is_too_large_no_more_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "image.json").touch()
        os.truncate(tmp_path / "image.json", 1 << 40)
        with pytest.raises(InvalidInput, match=r"^not a recipe \(a document of more than \d+ bytes\) in "):
            read_recipe(str(tmp_path))

    @pytest.mark.parametrize("kind", ["pipe", "directory"])
    def test_what_is_no_file(self, tmp_path: Path, kind: str) -> None:
        (os.mkfifo if kind == "pipe" else os.mkdir)(tmp_path / "image.json")
        with pytest.raises(InvalidInput, match=f"^this is a {kind}, not a file in "):
            read_recipe(str(tmp_path))

    def test_all_problems_are_reported_at_once(self, tmp_path: Path) -> None:
        stated = self.stated(tmp_path)
        stated["layers"][1] |= {"diff_id": "sha256:../..", "size": -1}
        stated["platform"] = {"os": "linux"}
        del stated["name"]
        error = self.read_error(tmp_path, json.dumps(stated).encode())
        problems = [
            "name is missing",
            "platform.architecture is missing",
            "layers[1].diff_id is no sha256 digest",
            "layers[1].size is negative",
        ]
        assert error == f"not a recipe ({'; '.join(problems)}) in {tmp_path}/image.json: {REMEDY}"

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (images.layer({"file": b"1"}), "the image's archive"),
            (gzip.compress(images.layer({"file": b"1"})), "the image's archive"),
            (b"\x28\xb5\x2f\xfd" + bytes(9), "the image's archive"),
            (b"#!/bin/bash\nexec nixdock stream\n", "a program"),
        ],
    )
    def test_the_result_of_another_attribute_is_called_by_its_name(
        self, tmp_path: Path, data: bytes, what: str
    ) -> None:
        error = self.read_error(tmp_path, data)
        assert error.startswith(f"this is {what}, not a recipe in {tmp_path}")
        assert error.endswith(": build one: nix-build -A NAME.recipe")

    def test_a_layer_of_an_unknown_source(self, tmp_path: Path) -> None:
        stated = self.stated(tmp_path)
        stated["layers"][0]["source"]["kind"] = "zip"
        error = self.read_error(tmp_path, json.dumps(stated).encode())
        assert error.startswith('unknown layer source {"kind": "zip", ')

    def stated(self, tmp_path: Path) -> dict[str, Any]:
        write_recipe(FULL, str(tmp_path / "full.json"))
        return dict(json.loads((tmp_path / "full.json").read_bytes()))

    def read_error(self, tmp_path: Path, data: bytes) -> str:
        (tmp_path / "image.json").write_bytes(data)
        with pytest.raises(InvalidInput) as caught:
            read_recipe(str(tmp_path))
        return str(caught.value)


class TestHistory:
    def test_one_entry_for_each_layer(self) -> None:
        assert [entry.created_by for entry in recipe(layer(1), layer(2)).history()] == ["layer 1", "layer 2"]

    def test_empty_layers_stand_where_they_were(self) -> None:
        empty = [
            EmptyHistory(before, History(created_by=f"{name} before {before}", empty_layer=True))
            for before, name in [(0, "first"), (0, "second"), (1, "only"), (2, "last")]
        ]
        history = recipe(layer(1), layer(2), empty_history=tuple(empty)).history()
        assert [entry.created_by for entry in history] == [
            *("first before 0", "second before 0", "layer 1", "only before 1", "layer 2", "last before 2")
        ]
        assert sum(not entry.empty_layer for entry in history) == 2

    def test_an_image_without_layers_has_only_empty_ones(self) -> None:
        entry = History(created_by="ENV", empty_layer=True)
        assert recipe(empty_history=(EmptyHistory(0, entry),)).history() == (entry,)


class TestOciConfig:
    def test_it_is_the_document_of_the_specification(self) -> None:
        assert json.loads(FULL.oci_config()) == {
            "architecture": "arm64",
            "os": "linux",
            "variant": "v8",
            "created": "2020-02-02T02:02:02Z",
            "config": FULL.config,
            "rootfs": {"type": "layers", "diff_ids": DIGESTS[:3]},
            "history": [
                {"created": "2020-01-01T00:00:00Z", "created_by": "layer 0"},
                {"created_by": "ENV", "empty_layer": True},
                {"created": "2020-01-01T00:00:00Z", "created_by": "layer 1"},
                {"created": "2020-01-01T00:00:00Z", "created_by": "layer 2"},
            ],
        }

    def test_equal_layers_stay_repeated(self) -> None:
        config = json.loads(recipe(layer(1), layer(2), layer(1)).oci_config())
        assert config["rootfs"]["diff_ids"] == [DIGESTS[1], DIGESTS[2], DIGESTS[1]]
        assert len(config["history"]) == 3

    def test_neither_name_nor_tag_nor_sources_are_in_it(self) -> None:
        renamed = replace(
            FULL, name="other", tag="2", layers=tuple(replace(x, source=TarSource("/x")) for x in FULL.layers)
        )
        assert renamed.oci_config() == FULL.oci_config()


class TestHeld:
    def test_layers_of_ours_hold_their_store_paths_whole(self) -> None:
        image = recipe(
            layer(1, StoreSource(("/nix/store/a", "/nix/store/b"))), layer(2, StoreSource(("/nix/store/c",)))
        )
        assert image.held() == {"/nix/store/a": None, "/nix/store/b": None, "/nix/store/c": None}

    def test_a_base_of_others_holds_what_was_listed(self) -> None:
        assert FULL.held() == {"/nix/store/a": None, "/nix/store/b": DIGESTS[9]}

    def test_what_a_layer_of_ours_adds_counts_over_what_the_base_had(self) -> None:
        image = recipe(layer(1, StoreSource(("/nix/store/a",))), base_holds={"a": DIGESTS[1]})
        assert image.held() == {"/nix/store/a": None}
