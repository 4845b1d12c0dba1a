"""Two corpora with the shape of real store paths: many small files, and few large ones. Each is two store paths."""

from __future__ import annotations

import random
from pathlib import Path

CHUNK = 1 << 20


def make_small(top: Path, files: int = 67_000, size: int = 681_000_000) -> list[str]:
    """`files` files of `size` bytes in all: sizes spread as in a real store, four in ten names above 100 bytes."""
    chance = random.Random(1)
    weights = [chance.lognormvariate(0, 1.6) for _ in range(files)]
    scale = size / sum(weights)
    paths = []
    for half in range(2):
        path = _store_path(top, chance, "small")
        paths.append(str(path))
        done, end = half * files // 2, (half + 1) * files // 2
        directories = [path]
        while done < end:
            directory = chance.choice(directories[-30:]) / _word(chance, 2, 10)
            directory.mkdir(parents=True, exist_ok=True)
            if len(directory.parts) - len(path.parts) < 4:
                directories.append(directory)
            for weight in weights[done : min(done + chance.randint(1, 15), end)]:
                (directory / f"{_word(chance, 3, 14)}-{done}.py").write_bytes(_content(chance, int(weight * scale)))
                done += 1
    return paths


def make_large(top: Path, files: int = 101, size: int = 1_269_000_000) -> list[str]:
    """`files` files of `size` bytes in all."""
    chance = random.Random(2)
    paths = [_store_path(top, chance, "large") for _ in range(2)]
    for path in paths:
        path.mkdir(parents=True)
    for number in range(files):
        with open(paths[number % 2] / f"lib{number}.so", "wb") as file:
            left = size // files
            while left:
                left -= file.write(_content(chance, min(CHUNK, left)))
    return [str(path) for path in paths]


def _store_path(top: Path, chance: random.Random, name: str) -> Path:
    return top / f"{chance.getrandbits(128):032x}-{name}-1.0"


def _word(chance: random.Random, least: int, most: int) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz_", k=chance.randint(least, most)))


def _content(chance: random.Random, size: int) -> bytes:
    """Bytes that compress about as well as programs do: half random, half repetition."""
    return (chance.randbytes(size // 2) + b"0123456789abcdef" * (size // 32 + 2))[:size]
