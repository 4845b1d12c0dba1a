"""What a closure's graph says of its paths."""

from __future__ import annotations

from nixdock_hook.layers.chances import APPLICATION, OVERHEAD, Chances, Sizes, bit_set, members
from nixdock_hook.store.closure import PathInfo

SIZES = {"app": 10, "code": 20_000, "lib": 5_000_000, "libc": 30_000_000, "tool": 1_000}
REFERENCES = {"app": ("code", "lib"), "code": ("lib",), "lib": ("libc",), "libc": (), "tool": ("lib",)}


def chances(often: tuple[str, ...] = ()) -> Chances:
    infos = {path: PathInfo(path, REFERENCES[path], None, size) for path, size in SIZES.items()}
    return Chances(infos, often)


def named(of: Chances, paths: int) -> set[str]:
    return {of.paths[number] for number in members(paths)}


def test_a_bit_set_has_its_numbers_the_smallest_first() -> None:
    assert list(members(bit_set([70, 0, 3, 3]))) == [0, 3, 70]
    assert bit_set([]) == 0 and list(members(0)) == []


def test_a_path_needs_its_closure() -> None:
    of = chances()
    assert named(of, of.needs[of.number["code"]]) == {"code", "lib", "libc"}
    assert of.paths.index("libc") < of.paths.index("lib") < of.paths.index("code") < of.paths.index("app")


def test_the_application_is_what_nothing_or_only_a_top_refers_to() -> None:
    of = chances()
    assert set(of.own) == {"app", "code", "tool"} == named(of, of.restless)
    assert of.weight(of.needs[of.number["lib"]]) == 2
    assert of.weight(of.needs[of.number["code"]]) == 2 + APPLICATION


def test_what_is_said_to_change_often_changes_what_needs_it() -> None:
    of = chances(("lib", "none"))
    assert named(of, of.restless) == {"app", "code", "tool", "lib"}
    assert of.weight(of.needs[of.number["lib"]]) == 1 + APPLICATION


def test_sizes_are_coarse_and_those_that_count_are_added_up() -> None:
    of = chances()
    assert of.sizes[of.number["app"]] == OVERHEAD and of.sizes[of.number["lib"]] == 1 << 22
    counted = bit_set([of.number["lib"], of.number["app"]])
    assert Sizes(of, counted).of(of.needs[of.number["app"]]) == OVERHEAD + (1 << 22)
