from __future__ import annotations

from nixdock_hook.layers.base_layers import subtract

LISTINGS = {"/nix/store/a": "sha256:a", "/nix/store/b": "sha256:b"}


def listing(path: str) -> str:
    return LISTINGS[path]  # A KeyError shows that a path was read that no parent holds.


def test_without_parents_all_paths_are_new_and_sorted() -> None:
    assert subtract(["/nix/store/c", "/nix/store/a", "/nix/store/c"], {}, listing) == ("/nix/store/a", "/nix/store/c")


def test_what_a_layer_of_ours_holds_is_left_out_unread() -> None:
    assert subtract(["/nix/store/c", "/nix/store/d"], {"/nix/store/c": None}, listing) == ("/nix/store/d",)


def test_what_a_foreign_layer_holds_is_left_out_only_if_it_is_all_there() -> None:
    held = {"/nix/store/a": "sha256:a", "/nix/store/b": "sha256:only a part"}
    assert subtract(["/nix/store/a", "/nix/store/b", "/nix/store/c"], held, listing) == ("/nix/store/b", "/nix/store/c")
