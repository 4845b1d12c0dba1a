"""nix-prefetch-docker: which image its words name."""

from __future__ import annotations

import argparse

import pytest

from nixdock_hook.cli import prefetch
from nixdock_hook.errors import InvalidInput

DIGEST = f"sha256:{'0' * 64}"


@pytest.fixture(autouse=True)
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that are looked up; nothing is fetched."""
    asked: list[str] = []

    def resolve(reference: object, *_: object) -> None:
        asked.append(str(reference))
        raise InvalidInput("enough", "the test", "")

    monkeypatch.setattr(prefetch, "resolve", resolve)
    return asked


def run(*words: str) -> None:
    parser = argparse.ArgumentParser()
    prefetch.add_arguments(parser)
    prefetch.run(parser.parse_args(words))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["host.example/a"], "host.example/a:latest"),
        (["host.example/a", "1"], "host.example/a:1"),
        (["host.example/a", DIGEST], f"host.example/a@{DIGEST}"),
        (["--quiet", "host.example/a", DIGEST, "--arch", "arm64"], f"host.example/a@{DIGEST}"),
        (["host.example/a", DIGEST, "--image-tag", "2"], f"host.example/a@{DIGEST}"),
        (["--image-name", "host.example/a", "--image-tag", "2"], "host.example/a:2"),
        (["--image-name", "host.example/a", "--image-digest", DIGEST], f"host.example/a@{DIGEST}"),
        (["host.example/a", "1", "--image-digest", DIGEST], f"host.example/a@{DIGEST}"),
    ],
)
def test_the_words_name_an_image(resolved: list[str], words: list[str], asked: str) -> None:
    with pytest.raises(InvalidInput, match="enough"):
        run(*words)
    assert resolved == [asked]


def test_no_words_name_none(resolved: list[str]) -> None:
    with pytest.raises(InvalidInput, match="^no image is named in the command line: "):
        run("--quiet")
    assert resolved == []
