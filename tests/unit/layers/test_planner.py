"""Plans of layers: every path once, what changes together together, and the same plan whatever else changes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.layers.planner import Hints, Plan, plan
from nixdock_hook.store.closure import PathInfo

MB = 1_000_000
GRAPH: Mapping[str, tuple[int, Sequence[str]]] = {
    "app": (MB // 50, ["app-code", "app-modules", "tool"]),
    "app-code": (2 * MB, ["runtime"]),
    "app-modules": (80 * MB, ["runtime", "image-lib"]),
    "runtime": (60 * MB, ["libc", "ssl", "zlib"]),
    "image-lib": (9 * MB, ["libc", "zlib"]),
    "tool": (3 * MB, ["libc", "readline"]),
    "readline": (MB, ["libc", "terminfo"]),
    "terminfo": (4 * MB, []),
    "ssl": (6 * MB, ["libc"]),
    "zlib": (MB // 5, ["libc"]),
    "libc": (30 * MB, ["locales"]),
    "locales": (MB // 10, []),
}


def path(name: str, version: str = "1") -> str:
    return f"/nix/store/{random.Random(name + version).randbytes(16).hex()}-{name}-{version}"


def closure(graph: Mapping[str, tuple[int, Sequence[str]]] = GRAPH, version: str = "1") -> dict[str, PathInfo]:
    """The graph as Nix knows it: all paths of one version, which gives each another hash."""
    return {
        path(name, version): PathInfo(
            path(name, version), tuple(path(of, version) for of in references if of in graph), None, size
        )
        for name, (size, references) in graph.items()
    }


def named(planned: Plan) -> list[list[str]]:
    return [sorted(of.rpartition("/")[2][33:].rpartition("-")[0] for of in layer.paths) for layer in planned.layers]


def made(most: int, graph: Mapping[str, tuple[int, Sequence[str]]] = GRAPH, version: str = "1") -> list[list[str]]:
    paths = closure(graph, version)
    return named(plan(paths, paths, most))


def random_closure(seed: int) -> dict[str, PathInfo]:
    chance = random.Random(seed)
    infos: dict[str, PathInfo] = {}
    for number in range(chance.randrange(1, 60)):
        references = chance.sample(sorted(infos), min(len(infos), chance.randrange(5)))
        name = path(f"p{number}", str(seed))
        infos[name] = PathInfo(name, tuple(sorted([*references, name])), None, int(chance.lognormvariate(12, 3)))
    return infos


@pytest.mark.parametrize("most", [1, 2, 3, 6, 11])
def test_every_path_is_once_in_at_most_so_many_layers(most: int) -> None:
    for seed in range(20):
        infos = random_closure(seed)
        layers = plan(infos, infos, most).layers
        assert sorted(of for layer in layers for of in layer.paths) == sorted(infos)
        assert len(layers) == min(most, len(infos))
        assert [layer.size for layer in layers] == [sum(infos[of].nar_size or 0 for of in it.paths) for it in layers]
        assert all(0 < layer.chance <= 1 for layer in layers)


def test_with_room_for_all_each_path_is_alone_after_what_it_needs() -> None:
    for seed in range(20):
        infos = random_closure(seed)
        layers = [layer.paths for layer in plan(infos, infos, len(infos)).layers]
        assert all(len(paths) == 1 for paths in layers)
        place = {paths[0]: number for number, paths in enumerate(layers)}
        assert all(place[of] <= place[name] for name, info in infos.items() for of in info.references)


def test_the_stable_lie_lowest_and_the_application_highest() -> None:
    layers = made(12)
    assert layers[:2] == [["locales"], ["libc"]]
    assert layers[-4:] == [["tool"], ["app-modules"], ["app-code"], ["app"]]


def nested(sizes: Sequence[int], within: Mapping[str, tuple[int, Sequence[str]]]) -> dict[str, PathInfo]:
    """Paths that need one another, the first of them all others, and the last what is within."""
    below = [f"data{number}" for number in range(1, len(sizes))]
    graph = {f"data{number}": (size, below[number : number + 1]) for number, size in enumerate(sizes)}
    last = f"data{len(sizes) - 1}"
    return closure({**graph, last: (sizes[-1], sorted(within)), **within})


def test_closures_within_closures_are_in_the_order_of_updates_for_their_bytes() -> None:
    infos = nested([4096 * MB, 1024 * MB, 256 * MB, 64 * MB], {"code": (8 * MB, []), "words": (MB // 100, [])})
    layers = named(plan(infos, infos, len(infos)))
    assert layers == [["code"], ["words"], ["data3"], ["data2"], ["data1"], ["data0"]]


def test_no_depth_of_closures_within_closures_is_too_much() -> None:
    infos = nested(range(2_000 * MB, 0, -MB), {"code": (8 * MB, [])})
    assert len(plan(infos, infos, 3).layers) == 3


@pytest.mark.parametrize("most", range(2, 13))
def test_the_application_shares_no_layer_with_what_is_stable(most: int) -> None:
    own = {"app", "app-code", "app-modules"}
    assert all(own.issuperset(layer) or own.isdisjoint(layer) for layer in made(most))


@pytest.mark.parametrize("most", [9, 10, 11])
def test_what_is_tiny_is_bundled_first(most: int) -> None:
    bundles = [sorted(GRAPH[name][0] for name in layer) for layer in made(most) if len(layer) > 1]
    assert bundles and all(size < 10 * MB for bundle in bundles for size in bundle[:-1])


@pytest.mark.parametrize("most", [3, 5, 8, 12])
def test_another_hash_of_every_path_changes_nothing(most: int) -> None:
    assert made(most, version="2") == made(most)


@pytest.mark.parametrize("most", [3, 5, 8])
@pytest.mark.parametrize("name", sorted(GRAPH))
def test_one_path_that_grows_moves_no_other(name: str, most: int) -> None:
    size, references = GRAPH[name]
    assert made(most, {**GRAPH, name: (size + size // 50, references)}) == made(most)


@pytest.mark.parametrize("most", [4, 6, 8])
def test_one_path_more_moves_no_large_one(most: int) -> None:
    more = {**GRAPH, "app": (GRAPH["app"][0], [*GRAPH["app"][1], "extra"]), "extra": (MB // 20, ["libc"])}
    large = {name for name, (size, _) in GRAPH.items() if size > 20 * MB}
    of_large = [[name for name in layer if name in large] for layer in made(most)]
    assert [[name for name in layer if name in large] for layer in made(most, more)] == of_large


def test_the_order_in_which_paths_are_given_counts_for_nothing() -> None:
    infos = random_closure(3)
    shuffled = dict(random.Random(1).sample(sorted(infos.items()), len(infos)))
    assert plan(infos, infos, 7) == plan(shuffled, sorted(infos, reverse=True), 7)


def test_what_is_below_already_takes_no_layer_and_counts_for_chances() -> None:
    infos = closure()
    wanted = [of for of in infos if "libc" not in of]
    assert sorted(of for layer in plan(infos, wanted, 4).layers for of in layer.paths) == sorted(wanted)
    [ssl] = [layer for layer in plan(infos, [path("ssl")], 99).layers]
    alone = {path("ssl"): infos[path("ssl")]}
    assert 0 < ssl.chance < plan(alone, alone, 99).layers[0].chance == 1
    assert plan(infos, [], 0).layers == ()


def test_a_layers_chance_is_that_of_all_that_its_paths_need() -> None:
    infos = closure({"app": (MB, ["app-lib"]), "app-lib": (MB, ["libc"]), "libc": (MB, []), "other": (MB, ["libc"])})
    chances = [layer.chance for layer in plan(infos, infos, 4).layers]
    assert 0 < chances[0] < 0.02 < chances[1]
    assert chances[2] > 0.6, "app changes with app-lib, which is its own"


def test_what_a_change_of_the_application_sends_again() -> None:
    infos = closure()
    planned = plan(infos, infos, 12)
    [change] = [change for change in planned.changes if "app-code" in change.path]
    assert change.size == change.chain == GRAPH["app-code"][0] + GRAPH["app"][0]
    [below] = [change for change in planned.changes if "app-modules" in change.path]
    assert below.size == GRAPH["app-modules"][0] + GRAPH["app"][0]
    assert below.chain == below.size + GRAPH["app-code"][0]


def test_a_circle_is_said() -> None:
    infos = closure({"a": (1, ["b"]), "b": (1, ["a"]), "c": (1, [])})
    with pytest.raises(InvalidInput, match="^references go in a circle, at or below .*-a-1 in the graph: "):
        plan(infos, infos, 1)


def test_sizes_that_are_not_known_count_as_nothing() -> None:
    infos = {name: replace(info, nar_size=None) for name, info in closure().items()}
    assert sum(layer.size for layer in plan(infos, infos, 3).layers) == 0


class TestHints:
    def test_what_changes_often_shares_no_layer_with_what_does_not(self) -> None:
        infos = closure()
        hinted = named(plan(infos, infos, 4, Hints(often=(path("ssl"),))))
        restless = {"app", "app-code", "app-modules", "runtime", "ssl"}
        assert all(restless.issuperset(layer) or restless.isdisjoint(layer) for layer in hinted)
        assert "ssl" in next(layer for layer in hinted if restless.issuperset(layer))

    @pytest.mark.parametrize("most", [3, 12])
    def test_what_is_to_be_together_is(self, most: int) -> None:
        infos = closure()
        group = ("readline", "zlib", "locales")
        hinted = named(plan(infos, infos, most, Hints(together=(tuple(map(path, group)),))))
        assert any(set(group) <= set(layer) for layer in hinted)
        assert len(hinted) == min(most, len(infos) - 2)

    @pytest.mark.parametrize("most", [3, 5, 12])
    def test_what_is_to_be_apart_is(self, most: int) -> None:
        infos = closure()
        hinted = named(plan(infos, infos, most, Hints(apart=(path("zlib"), path("app")))))
        assert ["zlib"] in hinted and ["app"] in hinted and len(hinted) == most

    def test_of_paths_that_are_not_there_nothing_is_said(self) -> None:
        infos = closure()
        none = Hints(("/nix/store/none",), (("/nix/store/none", path("zlib")),), ("/nix/store/none",))
        assert plan(infos, infos, 4, none) == plan(infos, infos, 4)

    @pytest.mark.parametrize(
        ("hints", "says"),
        [
            (
                Hints(apart=(path("zlib"), path("ssl"))),
                "apart has 2 paths of this image, and there is room for 2 layers",
            ),
            (
                Hints(apart=(path("ssl"),), together=((path("ssl"), path("zlib")),)),
                "in layerHints.together and in apart",
            ),
            (Hints(together=((path("ssl"), path("app")), (path("app"),))), "together and in another group of together"),
        ],
    )
    def test_hints_that_do_not_fit_each_other(self, hints: Hints, says: str) -> None:
        infos = closure()
        with pytest.raises(InvalidInput, match=says):
            plan(infos, infos, 2, hints)
