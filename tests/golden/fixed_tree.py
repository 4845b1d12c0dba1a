"""A fixed tree of store paths and a root, and the digests of the layers made of it.

`python3 fixed_tree.py make DIRECTORY [reversed|linked]…`   makes it: files last name first, or equal ones hard-linked
`python3 fixed_tree.py digests DIRECTORY WORKERS`   prints the digests as JSON

Standard library only, so that any Python can be asked.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FILES: dict[str, tuple[int, bytes]] = {
    "store/aaa-tool/bin/tool": (0o555, b"#!/bin/sh\necho tool\n"),
    "store/aaa-tool/lib/b-c": (0o444, b"after b/c"),
    "store/aaa-tool/lib/b/c": (0o444, b"before b-c"),
    "store/aaa-tool/lib/copy": (0o444, b"the same"),
    "store/aaa-tool/lib/original": (0o444, b"the same"),
    "store/aaa-tool/share/Zebra": (0o444, b""),
    "store/aaa-tool/share/älter": (0o444, b"non-ASCII"),
    "store/aaa-tool/share/" + "d" * 90 + "/" + "f" * 90: (0o444, b"prefix and name"),
    "store/aaa-tool/share/" + "d" * 90 + "/" + "f" * 130: (0o444, b"a record"),
    "store/bbb-data/large": (0o444, bytes(range(256)) * 10_000),
    "store/ccc-plain": (0o444, b"a store path that is a file"),
    "root/etc/passwd": (0o644, b"root:x:0:0::/root:/bin/sh\n"),
    "root/opt/setuid": (0o4755, b"setuid"),
}
SYMLINKS = {"store/aaa-tool/link": "bin/tool", "store/ddd-symlink": "aaa-tool", "root/bin": "../" * 40 + "usr/bin"}


def make(top: Path, *ways: str) -> None:
    """Make the tree below `top`, modes set as they should be whatever the umask."""
    for name, (mode, data) in sorted(FILES.items(), reverse="reversed" in ways):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        original = path.with_name("original")
        if "linked" in ways and path.name == "copy":
            original.write_bytes(data)
            os.link(original, path)
        elif not path.exists():
            path.write_bytes(data)
        os.chmod(path, mode)
    for name, target in SYMLINKS.items():
        os.symlink(target, top / name)
    for directory in [path for path in top.rglob("*") if path.is_dir() and not path.is_symlink()]:
        os.chmod(directory, 0o755)


def digests(top: Path, workers: int) -> dict[str, str]:
    """Digest by layer: each store path alone, all of them, and all with the root."""
    sys.path.insert(0, str(ROOT))
    from nixdock_hook.layers.source import StoreSource
    from nixdock_hook.layers.workers import hash_layers
    from nixdock_hook.trees.tree import Owner

    paths = tuple(sorted(str(path) for path in (top / "store").iterdir()))
    root = (str(top / "root"),)
    sources = {os.path.basename(path): StoreSource((path,)) for path in paths}
    sources["all"] = StoreSource(paths)
    sources["all and root"] = StoreSource(paths, root)
    sources["root"] = StoreSource((), root)
    sources["another owner and time"] = StoreSource(paths, root, Owner(3_000_000, 100, "user", "users"), 1_700_000_000)
    return dict(zip(sources, (digest for digest, _ in hash_layers(list(sources.values()), workers)), strict=True))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", directory, *ways]:
            make(Path(directory), *ways)
        case ["digests", directory, workers]:
            print(json.dumps(digests(Path(directory), int(workers)), indent=2))
        case _:
            raise SystemExit(__doc__)
