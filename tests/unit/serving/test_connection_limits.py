from __future__ import annotations

import resource

import pytest

from nixdock_hook.serving.connection_limits import limits_of, own_limits


@pytest.mark.parametrize("descriptors", [0, 3, 40, 64, 128, 256, 1024, 4096, 20_000, 1 << 20])
def test_there_are_descriptors_for_all_that_happens_at_once(descriptors: int) -> None:
    limits = limits_of(descriptors)
    assert limits.connections >= 1 and limits.answers >= 1
    if descriptors >= 64:
        assert 32 + limits.connections + 4 * limits.answers <= descriptors
        assert limits.connections >= descriptors / 4 or limits.connections == 2048


def test_there_is_memory_for_all_that_happens_at_once() -> None:
    for descriptors in (4096, 1 << 30):
        limits = limits_of(descriptors)
        assert limits.answers * 3 < 400 and limits.connections * 32 <= 64 << 10  # MB, KiB


def test_why_there_are_no_more() -> None:
    assert "ulimit -n" in limits_of(128).reason and "128" in limits_of(128).reason
    assert "ulimit" not in limits_of(1 << 20).reason


def test_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_limits() == limits_of(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda which: unlimited)
    assert own_limits().connections == limits_of(1 << 20).connections
