"""What a process has that has compressed something."""

from __future__ import annotations

import gc
import random
from pathlib import Path

from nixdock_hook.compression.memory import give_back_at_once, private_memory
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.sinks.compressed import compress_layer
from tests.support.recipes import tar_layer


def test_memory_to_write_to() -> None:
    memory = private_memory(1 << 20)
    memory[5:8] = b"abc"
    assert memory[4:9] == b"\0abc\0" and len(memory) == 1 << 20


def test_it_may_be_said_again() -> None:
    give_back_at_once()
    give_back_at_once()
    assert give_back_at_once.cache_info().misses == 1


def test_memory_goes_back_with_each_layer(tmp_path: Path) -> None:
    """Of ten layers nothing stays; before a circle of references was broken all of it did, until Python looked."""
    layer = tar_layer(tmp_path / "layer", random.Random(1).randbytes(6_000_000))
    gc.disable()
    try:
        with layer_contents() as contents:
            compress_layer(layer, contents, "gzip", lambda _: None)
            before = mappings()
            for _ in range(10):
                compress_layer(layer, contents, "gzip", lambda _: None)
            assert mappings() - before < 10
    finally:
        gc.enable()


def mappings() -> int:
    return len(Path("/proc/self/maps").read_text().splitlines())
