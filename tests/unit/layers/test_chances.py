"""What a closure's graph says of its paths."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from nixdock_hook.layers.chances import APPLICATION, OVERHEAD, Chances, Sums, bit_set, members
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


def own(sizes: Mapping[str, int], references: Mapping[str, tuple[str, ...]]) -> set[str]:
    infos = {path: PathInfo(path, references.get(path, ()), None, size) for path, size in sizes.items()}
    return set(Chances(infos).own)


def test_a_small_top_brings_together_what_is_the_application() -> None:
    of = chances()
    assert set(of.own) == {"app", "code", "tool"} == named(of, of.restless)
    assert of.weight(of.needs[of.number["code"]]) == of.weight(of.needs[of.number["lib"]]) + APPLICATION


def test_what_has_the_name_of_a_top_belongs_to_it_and_other_libraries_do_not() -> None:
    references = {"shop-1.0": ("shop-modules-1.0", "theme", "shopping-2")}
    sizes = {"shop-1.0": 100, "shop-modules-1.0": 10, "theme": 10, "shopping-2": 10}
    assert own(sizes, references) == {"shop-1.0", "shop-modules-1.0"}
    assert own({**sizes, "shop-1.0": 9_000_000}, references) == {"shop-1.0", "shop-modules-1.0"}


@pytest.mark.parametrize(("size", "tops_alone"), [(90_000, False), (1 << 17, True)])
def test_libraries_that_only_a_large_top_uses_are_no_application(size: int, tops_alone: bool) -> None:
    """coreutils alone uses acl: it is updated with the distribution, not with the application."""
    found = own({"coreutils": size, "acl": 100_000, "app": 10, "code": 90}, {"coreutils": ("acl",), "app": ("code",)})
    assert ("acl" not in found) == tops_alone
    assert {"coreutils", "app", "code"} <= found


def test_what_two_tops_use_belongs_to_both() -> None:
    sizes = {"one": 10, "two": 10, "one-data": 90, "shared": 90}
    assert own(sizes, {"one": ("shared", "one-data"), "two": ("shared",)}) == {"one", "two", "one-data", "shared"}


def test_what_is_said_to_change_often_changes_what_needs_it() -> None:
    of = chances(("lib", "none"))
    assert named(of, of.restless) == {"app", "code", "tool", "lib"}
    assert of.weight(of.needs[of.number["lib"]]) == APPLICATION + of.weight(of.needs[of.number["libc"]])


@pytest.mark.parametrize(("size", "updates"), [(0, 1), (1 << 16, 2), (1 << 19, 4), (1 << 25, 16), (1 << 33, 16)])
def test_large_packages_are_updated_more_often(size: int, updates: int) -> None:
    infos = {"app": PathInfo("app", ("lib",), None, 1 << 18), "lib": PathInfo("lib", (), None, size)}
    assert Chances(infos).weight(Chances(infos).needs[0]) == updates


def test_sizes_are_coarse_and_those_that_count_are_added_up() -> None:
    of = chances()
    assert of.sizes[of.number["app"]] == OVERHEAD and of.sizes[of.number["lib"]] == 1 << 22
    needs = of.needs[of.number["lib"]]
    assert Sums(of.sizes).of(needs) == (1 << 22) + (1 << 25)
    counted = bit_set([of.number["app"], of.number["lib"]])
    assert Sums(of.sizes, counted).of(needs) == 1 << 22 and Sums([7] * 5).of(0) == 0
