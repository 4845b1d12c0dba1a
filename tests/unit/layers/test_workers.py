"""Layers hashed in several processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from nixdock_hook.errors import NixdockError, StoreChanged
from nixdock_hook.layers import workers
from nixdock_hook.layers.hashing import Hashed, hash_layer
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.workers import hash_layers


@pytest.fixture
def sources(tmp_path: Path) -> list[StoreSource]:
    """Seven layers of different content and size."""
    for number in range(7):
        (tmp_path / f"path{number}").write_bytes(b"x" * 300_000 * number)
    return [StoreSource((str(path),)) for path in sorted(tmp_path.iterdir())]


@pytest.mark.parametrize("count", [None, 1, 2, 3, 20])
def test_results_do_not_depend_on_the_number_of_workers(sources: list[StoreSource], count: int | None) -> None:
    assert hash_layers(sources, count) == [hash_layer(source) for source in sources]


def test_no_layer_at_all() -> None:
    assert hash_layers([]) == []


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_arrives_as_it_was_raised(sources: list[StoreSource], count: int, tmp_path: Path) -> None:
    sources[1] = StoreSource((str(tmp_path / "gone"),))
    with pytest.raises(StoreChanged) as caught:
        hash_layers(sources, count)
    assert caught.value.what == f"{tmp_path}/gone cannot be read (No such file or directory)"
    assert str(caught.value) == f"{caught.value.what}: {caught.value.remedy}"
    assert_no_child_is_left()


def test_a_killed_worker_is_an_error(sources: list[StoreSource], monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(source: StoreSource) -> Hashed:
        if source == sources[2]:
            os.kill(os.getpid(), signal.SIGKILL)
        return hash_layer(source)

    monkeypatch.setattr(workers, "hash_layer", killed)
    with pytest.raises(NixdockError, match="ended by signal 9"):
        hash_layers(sources, 2)
    assert_no_child_is_left()


def assert_no_child_is_left() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
