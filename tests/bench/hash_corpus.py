"""`python3 hash_corpus.py together|apart STORE_PATH…`: hash store paths as one layer, or as a layer each."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.source import StoreSource
from nixdock_hook.layers.workers import hash_layers

how, *paths = sys.argv[1:]
if how == "together":
    print(hash_layer(StoreSource(tuple(paths))))
else:
    print(hash_layers([StoreSource((path,)) for path in paths]))
