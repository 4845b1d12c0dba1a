from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.images.recipe import EmptyHistory, Recipe, read_recipe
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.source import Layer, StoreSource
from nixdock_hook.oci.model import LAYER_TAR, History, Platform
from nixdock_hook.trees.tree import Owner
from tests.support import images
from tests.support.elf import elf
from tests.support.images import sha256
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.specs import image_spec

from .conftest import Build

USER: dict[str, Any] = {"uid": 1000, "gid": 100, "uname": "user", "gname": "users"}


def spec(**changes: Any) -> dict[str, Any]:
    times = {"created": "2020-02-02T02:02:02Z", "mtime": "1970-01-01T00:00:07Z"}
    layering = {"maxLayers": 1, "hints": {"often": [], "together": [], "apart": []}}
    return image_spec(name="team/app", owner=USER, createdBy="nixdock buildImage", **times) | layering | changes


def graph(*paths: Path) -> list[dict[str, Any]]:
    """A closure as Nix writes it; the hashes are none, for nobody reads them here."""
    return [{"path": str(path), "references": [], "narHash": "sha256:0", "narSize": 1} for path in paths]


def made(build: Build, closure: Sequence[Path] = (), **changes: Any) -> Recipe:
    return read_recipe(str(build.run("single_layer_image", spec(**changes), {"closure": graph(*closure)})))


def test_more_layers_hold_the_store_paths(build: Build, tmp_path: Path) -> None:
    paths = [tree(tmp_path / f"{letter * 32}-{letter}", {"x": letter}) for letter in "ab"]
    root = tree(tmp_path / "root", {"etc/x": "1"})
    layers = made(build, paths, root=[str(root)], maxLayers=3).layers
    held = [layer.source.paths for layer in layers if isinstance(layer.source, StoreSource)]
    assert held == [(str(paths[0]),), (str(paths[1]),), ()]
    assert "etc/x" in members(layers[-1])


def test_the_base_counts_where_there_are_several_layers(build: Build, tmp_path: Path) -> None:
    below = tree(tmp_path / f"{'b' * 32}-below", {"x": "b"})
    base = str(recipe_file(tmp_path / "base", recipe(store_layer(below))))
    path = tree(tmp_path / f"{'a' * 32}-a", {"x": "a"})
    assert len(made(build, [path], base=base, maxLayers=3).layers) == 3
    with pytest.raises(InvalidInput, match="maxLayers = 2 is too small: this image takes at least 3 layers, of which"):
        made(build, [path], base=base, maxLayers=2)


@pytest.mark.parametrize("most", [0, -1])
def test_no_layer_is_too_few(build: Build, most: int) -> None:
    with pytest.raises(InvalidInput, match=rf"^maxLayers = {most} in buildImage: give it at least one layer$"):
        made(build, maxLayers=most)


def members(layer: Layer) -> dict[str, tarfile.TarInfo]:
    """What is in a layer; its bytes are checked against its diff ID on the way."""
    gathered = io.BytesIO()
    with layer_contents() as contents:
        contents.write(layer.source, (layer.diff_id, layer.size), gathered.write)
    assert (sha256(gathered.getvalue()), len(gathered.getvalue())) == (layer.diff_id, layer.size)
    with tarfile.open(fileobj=io.BytesIO(gathered.getvalue())) as tar:
        return {member.name: member for member in tar}


def test_without_a_base_there_is_the_new_layer_alone(build: Build, tmp_path: Path) -> None:
    path, root = tree(tmp_path / "path", {"bin/x": "x"}), tree(tmp_path / "root", {"etc/a": "a"})
    image = made(build, [path], root=[str(root)])
    assert (image.name, image.tag, image.platform) == ("team/app", "1", Platform("amd64", "linux"))
    assert (image.created, image.config, image.empty_history) == ("2020-02-02T02:02:02Z", {}, ())
    [layer] = image.layers
    assert layer.history == History("2020-02-02T02:02:02Z", "nixdock buildImage")
    assert layer.media_type == LAYER_TAR
    assert layer.source == StoreSource((str(path),), (str(root),), Owner(**USER), 7)
    found = members(layer)
    expected = ["etc", "etc/a", "nix", "nix/store", "nix/store/path", "nix/store/path/bin", "nix/store/path/bin/x"]
    assert list(found) == expected
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in found.values()} == {(1000, 100, "user", "users", 7)}


def test_a_recipe_may_lack_a_tag(build: Build) -> None:
    assert made(build, tag=None).tag is None


def test_the_same_input_gives_the_same_bytes(build: Build, tmp_path: Path) -> None:
    paths = [tree(tmp_path / name, {"file": name}) for name in "abc"]
    made(build, paths)
    first = (build.out / "image.json").read_bytes()
    build.out.rename(tmp_path / "first")
    made(build, paths[::-1])
    assert (build.out / "image.json").read_bytes() == first


def test_without_any_store_path_there_is_no_store(build: Build, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"etc/a": "a"})
    recipe_of_it = read_recipe(str(build.run("single_layer_image", spec(root=[str(root)]))))
    assert list(members(recipe_of_it.layers[0])) == ["etc", "etc/a"]


def test_step_results_that_only_bring_their_closure_are_left_out(build: Build, tmp_path: Path) -> None:
    path, config, root_tar = (tmp_path / name for name in ("path", "config.json", "root.tar"))
    tree(path, {"file": "1"})
    config.write_text('{"Cmd":["x"]}')
    root_tar.write_bytes(images.layer({"etc/": None, "etc/a": b"a"}))
    image = made(build, [path, config, root_tar], config=str(config), root=[str(root_tar)])
    assert image.config == {"Cmd": ["x"]}
    assert image.layers[0].source == StoreSource((str(path),), (str(root_tar),), Owner(**USER), 7)


def test_a_root_directory_is_in_the_store_only_where_something_mentions_it(build: Build, tmp_path: Path) -> None:
    roots = [tree(tmp_path / name, {f"etc/{name}": name}) for name in ("silent", "of-itself", "of-others")]
    other = tree(tmp_path / "other", {"file": "1"})
    mentions = {roots[1]: roots[1], other: roots[2]}
    closure = [
        node | {"references": [str(mentions[Path(node["path"])])] if Path(node["path"]) in mentions else []}
        for node in graph(*roots, other)
    ]
    asked = spec(root=[str(root) for root in roots])
    [layer] = read_recipe(str(build.run("single_layer_image", asked, {"closure": closure}))).layers
    assert isinstance(layer.source, StoreSource)
    assert set(layer.source.paths) == {str(roots[1]), str(roots[2]), str(other)}
    assert {"etc/silent", "etc/of-itself", "etc/of-others"} <= set(members(layer))


class TestOnABase:
    def test_its_layers_and_history_come_first(self, build: Build, tmp_path: Path) -> None:
        lower = tar_layer(tmp_path / "lower.tar", images.layer({"etc/a": b"a"}))
        empty = EmptyHistory(1, History(created_by="ENV", empty_layer=True))
        base = recipe_file(tmp_path / "base", recipe(lower, lower, empty_history=(empty,)))
        image = made(build, base=str(base))
        assert image.layers[:2] == (lower, lower) and len(image.layers) == 3
        assert [entry.created_by for entry in image.history()] == ["a tar", "ENV", "a tar", "nixdock buildImage"]

    def test_what_layers_of_ours_hold_is_not_added_again(self, build: Build, tmp_path: Path) -> None:
        old, new = tree(tmp_path / "old", {"file": "1"}), tree(tmp_path / "new", {"file": "2"})
        base = recipe_file(tmp_path / "base", recipe(store_layer(old)))
        layer = made(build, [old, new], base=str(base)).layers[-1]
        assert list(members(layer)) == ["nix", "nix/store", "nix/store/new", "nix/store/new/file"]

    @pytest.mark.parametrize(
        ("how", "config"),
        [
            ("env", {"Env": ["A=1", "B=2"], "Cmd": ["ours"]}),
            ("all", {"Env": ["A=1", "B=2"], "Cmd": ["ours"], "User": "nobody"}),
            ("none", {"Env": ["B=2"], "Cmd": ["ours"]}),
        ],
    )
    def test_its_config_is_inherited_as_asked(
        self, build: Build, tmp_path: Path, how: str, config: dict[str, Any]
    ) -> None:
        theirs = {"Env": ["A=1", "B=1"], "Cmd": ["theirs"], "User": "nobody"}
        base = recipe_file(tmp_path / "base", recipe(config=theirs))
        (tmp_path / "config.json").write_text(json.dumps({"Env": ["B=2"], "Cmd": ["ours"]}))
        image = made(build, base=str(base), config=str(tmp_path / "config.json"), inheritConfig=how)
        assert image.config == config

    def test_its_variant_is_inherited_and_its_date_is_not(self, build: Build, tmp_path: Path) -> None:
        older = recipe(platform=Platform("amd64", "linux", "v2"), created="1999-01-01T00:00:00Z")
        image = made(build, base=str(recipe_file(tmp_path / "base", older)))
        assert (image.platform, image.created) == (Platform("amd64", "linux", "v2"), "2020-02-02T02:02:02Z")


class TestWarnings:
    @pytest.mark.parametrize(("below", "warned"), [(124, False), (125, True)])
    def test_more_layers_than_docker_loads(
        self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str], below: int, warned: bool
    ) -> None:
        layers = [tar_layer(tmp_path / "tar", images.layer({"a": b"x"}))] * below
        image = made(build, base=str(recipe_file(tmp_path / "base", recipe(*layers))))
        assert len(image.layers) == below + 1
        expected = "nixdock: warning: team/app has 126 layers, and docker loads no more than 125: "
        assert capsys.readouterr().err.startswith(expected) == warned

    def test_an_image_without_a_file(self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        nothing = tar_layer(tmp_path / "tar", b"")
        made(build, base=str(recipe_file(tmp_path / "base", recipe(nothing))))
        assert capsys.readouterr().err.startswith(
            "nixdock: warning: team/app holds no file, so it has no program to run: "
        )

    def test_an_image_with_a_file(self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        made(build, root=[str(tree(tmp_path / "root", {"a": "a"}))])
        assert capsys.readouterr().err == ""


class TestErrors:
    def test_a_base_for_another_machine(self, build: Build, tmp_path: Path) -> None:
        base = recipe_file(tmp_path / "base", recipe(platform=Platform("arm64", "linux", "v8")))
        self.fails(build, "^the base image is for linux/arm64 .* for linux/amd64 .* in fromImage: ", base=str(base))

    @pytest.mark.parametrize("allowed", [False, True])
    def test_a_program_for_another_machine(
        self, build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str], allowed: bool
    ) -> None:
        root = tree(tmp_path / "root", {"etc/a": "a"})
        program = root / "bin/x"
        program.parent.mkdir()
        program.write_bytes(elf(183))
        program.chmod(0o755)
        problem, programs = f"{program} is a program for arm64, and the image is for amd64 in", [str(root)]
        if allowed:
            made(build, programs=programs, foreignProgramsAllowed=True)
            assert capsys.readouterr().err.startswith(f"nixdock: warning: {problem}")
        else:
            self.fails(build, f"^{problem}", programs=programs, foreignProgramsAllowed=False)

    @pytest.mark.parametrize("argument", ["created", "mtime"])
    def test_no_date(self, build: Build, argument: str) -> None:
        self.fails(build, f"^'soon' is no point in time in {argument}: ", **{argument: "soon"})

    def test_an_unknown_way_to_inherit(self, build: Build) -> None:
        self.fails(build, '^\'labels\' in inheritConfig: use "env", "all" or "none"$', inheritConfig="labels")

    def test_a_base_that_is_no_recipe(self, build: Build, tmp_path: Path) -> None:
        self.fails(build, f"^there is no recipe in {tmp_path}/nothing: ", base=str(tmp_path / "nothing"))

    def fails(self, build: Build, error: str, **changes: Any) -> None:
        with pytest.raises(InvalidInput, match=error):
            made(build, **changes)
        assert not build.out.exists()
