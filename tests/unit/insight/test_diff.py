"""`nixdock diff`, as people and programs meet it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.insight.difference import Difference, Move, compare
from nixdock_hook.insight.opened.model import ImageLayer, OpenedImage, StorePath, Wanted
from nixdock_hook.oci.model import LAYER_GZIP, Descriptor, Platform
from tests.support import images
from tests.support.command import error_of, nixdock
from tests.support.nix_images import GLIBC, REFERENCES, nix_archive, nix_layers, opened, store_files

NEW_GLIBC = f"/nix/store/{'n' * 32}-glibc-2.40"


def image(*names: str, layers: str = "abc", name: str = "app", **changes: Any) -> OpenedImage:
    """An image of store paths with these names, one byte each, and of layers of one letter each."""
    paths = tuple(StorePath(f"/nix/store/{letter * 32}-{rest}", None, 1) for letter, _, rest in map(_split, names))
    stack = tuple(ImageLayer(letter, ord(letter)) for letter in layers)
    plain = OpenedImage("", "recipe", name, "1", Platform("amd64", "linux"), None, {}, stack, paths=paths)
    return replace(plain, **changes)


def _split(name: str) -> tuple[str, str, str]:
    return name.partition(":")


def packages(before: tuple[str, ...], after: tuple[str, ...]) -> dict[str, tuple[str, str, str, int]]:
    found = compare(image(*before), image(*after)).packages
    return {
        one.name: (one.change, ",".join(one.before), ",".join(one.after), one.size_after - one.size_before)
        for one in found
    }


class TestPackages:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (("a:x-1",), ("b:x-2",), ("upgraded", "1", "2", 0)),
            (("a:x-10",), ("b:x-9",), ("downgraded", "10", "9", 0)),
            (("a:x-1",), ("b:x-1",), ("rebuilt", "1", "1", 0)),
            ((), ("b:x-1",), ("added", "", "1", 1)),
            (("a:x-1",), (), ("removed", "1", "", -1)),
            (("a:x-1", "b:x-2"), ("b:x-2", "c:x-3"), ("changed", "1,2", "2,3", 0)),
            (("a:x-1",), ("a:x-1", "b:x-2"), ("changed", "1", "1,2", 1)),
            (("a:x-1", "b:x-1-lib"), ("c:x-2", "d:x-2-lib"), ("upgraded", "1", "2", 0)),
            (("a:x-1",), ("a:x-1", "b:x-1-lib"), ("rebuilt", "1", "1", 1)),
            (("a:source",), ("b:source",), ("rebuilt", "", "", 0)),
        ],
    )
    def test_what_became_of_one(
        self, before: tuple[str, ...], after: tuple[str, ...], expected: tuple[Any, ...]
    ) -> None:
        assert list(packages(before, after).values()) == [expected]

    def test_those_that_stay_are_not_named(self) -> None:
        assert packages(("a:x-1", "b:y-1"), ("a:x-1", "c:y-2")).keys() == {"y"}


class TestLayers:
    def test_docker_needs_all_from_the_first_new_layer_on_and_a_registry_only_the_new_ones(self) -> None:
        found = compare(image(layers="abcd"), image(layers="axcde"))
        assert "".join(layer.diff_id for layer in found.kept) == "acd"
        assert "".join(layer.diff_id for layer in found.added) == "xe"
        assert "".join(layer.diff_id for layer in found.removed) == "b"
        assert found.push == Move(2, ord("x") + ord("e"), None)
        assert found.docker_pull == Move(4, sum(map(ord, "xcde")), None)

    def test_the_same_layers_move_nothing(self) -> None:
        found = compare(image(layers="ab"), image(layers="ab"))
        assert found.push == found.docker_pull == Move(0, 0, 0)
        assert compare(image(layers="ab"), image(layers="a")).docker_pull == Move(0, 0, 0)

    def test_a_layer_that_is_there_twice_moves_once(self) -> None:
        assert compare(image(layers="a"), image(layers="abb")).push == Move(1, ord("b"), None)

    def test_sizes_that_are_not_known(self) -> None:
        blob = Descriptor(LAYER_GZIP, f"sha256:{0:064}", 7)
        layers = (ImageLayer("x", None, blob=blob), ImageLayer("y", 3, blob=blob))
        assert Move.of(layers) == Move(2, None, 14)


def config_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    found = compare(image(config=before), image(config=after)).config
    return {one.key: (one.before, one.after) for one in found}


def test_variables_and_labels_change_one_by_one() -> None:
    before = {"Env": ["A=1", "B=x=y"], "Labels": {"l": "1", "same": ""}, "Cmd": ["a"], "User": "1"}
    after = {"Env": ["B=x=z", "C="], "Labels": {"l": "2", "same": ""}, "Cmd": ["a", "b"], "Volumes": {"/v": {}}}
    assert config_changes(before, after) == {
        "Cmd": (["a"], ["a", "b"]),
        "Env.A": ("1", None),
        "Env.B": ("x=y", "x=z"),
        "Env.C": (None, ""),
        "Labels.l": ("1", "2"),
        "User": ("1", None),
        "Volumes./v": (None, {}),
    }


def test_what_is_empty_is_as_what_is_not_there() -> None:
    assert config_changes({"Cmd": None, "User": ""}, {"Entrypoint": []}) == {}


def test_another_machine_is_a_change() -> None:
    [change] = compare(image(), image(platform=Platform("arm64", "linux", "v8"))).config
    assert (change.key, change.before, change.after) == ("platform", "linux/amd64", "linux/arm64/v8")


@pytest.mark.parametrize(
    "other",
    [
        image("a:x-2", layers="z", name="b"),
        image("q:q-1", layers="a", name="b"),
        image("q:q-1", layers="z", name="team/app"),
    ],
    ids=["package", "layer", "name"],
)
def test_images_with_anything_in_common_are_compared(other: OpenedImage) -> None:
    assert isinstance(compare(image("a:x-1"), other), Difference)


def test_unrelated_images_are_an_error() -> None:
    with pytest.raises(InvalidInput, match="^two images without a common layer or package in app:1 and b:1: name two"):
        compare(image("a:x-1"), image("q:q-1", layers="z", name="b"))


class TestFiles:
    def changes(self, tmp_path: Path, before: list[bytes], after: list[bytes]) -> dict[str, str]:
        old = images.docker_archive(tmp_path / "old.tar", before)
        new = images.docker_archive(tmp_path / "new.tar", after)
        wanted = Wanted.PATHS | Wanted.FILES
        with opened(old, wanted) as left, opened(new, wanted) as right:
            found = compare(left, right, files=True).files or ()
        return {one.path: f"{one.change} {one.before} {one.after}" for one in found}

    def test_outside_of_the_store(self, tmp_path: Path) -> None:
        before = images.layer({"same": b"x", "gone": b"12", "other": b"a", "link": "a"})
        after = images.layer({"same": b"x", "new": b"123", "other": b"b", "link": "b"})
        assert self.changes(tmp_path, [before], [after]) == {
            "/gone": "removed 2 None",
            "/new": "added None 3",
            "/other": "changed 1 1",
            "/link": "changed 0 0",
        }

    def test_modes_and_owners_count(self, tmp_path: Path) -> None:
        for changed in ({"mode": 0o700}, {"uid": 1}):
            after = images.layer({"file": b"x"}, **changed)
            assert self.changes(tmp_path, [images.layer({"file": b"x"})], [after]) == {"/file": "changed 1 1"}

    def test_a_new_version_is_laid_beside_the_old_one(self, tmp_path: Path) -> None:
        before = images.layer(store_files(GLIBC, content=b"12"))
        after = images.layer({**store_files(NEW_GLIBC, content=b"123"), "nix/store/" + NEW_GLIBC[11:] + "/more": b""})
        assert self.changes(tmp_path, [before], [after]) == {
            "/nix/store/…-glibc/bin/program": "changed 2 3",
            "/nix/store/…-glibc/more": "added None 0",
        }

    def test_two_versions_in_one_image_stay_what_they_are(self, tmp_path: Path) -> None:
        third = f"/nix/store/{'3' * 32}-glibc-2.38"
        before = [images.layer(store_files(GLIBC)), images.layer(store_files(third))]
        found = self.changes(tmp_path, before, [images.layer(store_files(NEW_GLIBC))])
        assert f"{GLIBC}/bin/program" in found and f"{third}/bin/program" in found

    def test_a_store_path_of_both_is_the_same(self, tmp_path: Path) -> None:
        assert self.changes(tmp_path, nix_layers(), nix_layers(x=b"")) == {"/x": "added None 0"}


def test_names_that_are_no_text_are_json_too(tmp_path: Path) -> None:
    place = tmp_path / "new.tar"
    with tarfile.open(tmp_path / "layer.tar", "w", errors="surrogateescape") as tar:
        tar.addfile(tarfile.TarInfo("a\udcff"))
    images.docker_archive(place, [(tmp_path / "layer.tar").read_bytes()])
    old = images.docker_archive(tmp_path / "old.tar", [images.layer({"b": b""})])
    done = nixdock("diff", old, place, "--json", "--files")
    assert [change["path"] for change in json.loads(done.stdout)["files"]] == ["/a\\xff", "/b"]
    assert nixdock("report", place, old, "--files", "-o", tmp_path / "page").returncode == 0
    assert nixdock("diff", old, place, "--files").returncode == 0


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    old = nix_archive(tmp_path / "old.tar", {"Cmd": ["a"]})
    references = {NEW_GLIBC if path == GLIBC else path: () for path in REFERENCES}
    new = nix_archive(tmp_path / "new.tar", {"Cmd": ["b"]}, references=references, etc__file=b"x")
    return old, new


def test_the_lines(pair: tuple[Path, Path]) -> None:
    done = nixdock("diff", *pair, "--files")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["--- base:1", "+++ base:1"]
    assert [line.split() for line in lines if "2.39" in line][0] == ["glibc", "2.39", "→", "2.40", "0", "B"]
    assert '  - Cmd = ["a"]' in lines and '  + Cmd = ["b"]' in lines
    assert any(line.startswith("Push") and "layers" in line for line in lines)
    assert ["+", "+1", "B", "/etc/file"] in [line.split() for line in lines]


def test_the_json_of_version_1(pair: tuple[Path, Path]) -> None:
    done = nixdock("diff", *pair, "--json")
    found = json.loads(done.stdout)
    assert found["version"] == 1
    assert found.keys() == {"version", "before", "after", "packages", "layers", "config", "moves", "files"}
    assert found["before"].keys() == {"source", "kind", "name", "tag", "digests"}
    assert found["packages"][0].keys() == {"name", "change", "before", "after", "sizeBefore", "sizeAfter"}
    assert found["config"] == [{"key": "Cmd", "before": ["a"], "after": ["b"]}]
    assert found["moves"]["push"].keys() == found["moves"]["dockerPull"].keys() == {"layers", "size", "compressedSize"}
    assert found["layers"].keys() == {"kept", "added", "removed"} and found["files"] is None
    assert json.loads(nixdock("diff", *pair, "--json", "--files").stdout)["files"]


def test_an_image_and_itself(pair: tuple[Path, Path]) -> None:
    lines = nixdock("diff", pair[0], pair[0], "--files").stdout.decode().splitlines()
    assert "Packages: the same" in lines and "Files: the same" in lines
    assert "Push         nothing" in lines


def test_unrelated_images_are_one_line(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    other = images.docker_archive(tmp_path / "other.tar", [images.layer({"a": b""})], tags=["other:1"])
    assert error_of("diff", pair[0], other).startswith(
        "two images without a common layer or package in base:1 and other:1"
    )
