"""What Nix still knows of how store paths were made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from nixdock_hook.insight.sbom import derivers
from nixdock_hook.insight.sbom.build_facts import Source
from nixdock_hook.store.closure import PathInfo
from tests.support.bills import CONF, HELLO, LIBC


def test_a_deriver_and_its_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = f"/nix/store/{'d' * 32}-hello.tgz"
    fetch, made = tmp_path / "fetch.drv", tmp_path / "hello.drv"
    fetch.write_text(f'Derive([("out","{archive}","sha256","aa")],[],[],"","",[],[("url","https://h.example/")])')
    variables = f'("name","hello-2.10"),("src","{archive}")'
    made.write_text(f'Derive([("out","{HELLO}","","")],[("{fetch}",["out"])],[],"","",[],[{variables}])')
    known = {HELLO: str(made), LIBC: str(tmp_path / "gone.drv"), CONF: ""}

    def registered(paths: Iterable[str]) -> dict[str, PathInfo]:
        return {path: PathInfo(path, (), deriver=known[path]) for path in paths}

    monkeypatch.setattr(derivers, "registered", registered)
    facts = derivers.facts_of_derivers([HELLO, LIBC, CONF])
    assert facts.keys() == {HELLO, archive}
    assert (facts[HELLO].name, facts[HELLO].version) == ("hello", "2.10")
    assert facts[HELLO].sources == (Source("https://h.example/", "sha256", "aa"),)
