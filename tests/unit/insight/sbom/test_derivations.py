"""The reader of .drv files: what Nix writes is read, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidImage
from nixdock_hook.insight.sbom import derivations
from nixdock_hook.insight.sbom.derivations import Output, parse_derivation, read_derivation, read_derivations
from tests.support.nix import nix_environment
from tests.support.tools import need

DERIVATION = (
    'Derive([("dev","/nix/store/x-dev","",""),("out","/nix/store/x","r:sha256","00ff")],'
    '[("/nix/store/a.drv",["out","dev"])],["/nix/store/b"],"x86_64-linux","/bin/sh",["-c","echo \\"a\\\\b\\"\\n"],'
    '[("empty",""),("name","x-1"),("text","a\\tb\\r\\n[(\\",)]")])'
)


def test_all_parts() -> None:
    found = parse_derivation(DERIVATION.encode(), "x.drv")
    assert found.outputs == {"dev": Output("/nix/store/x-dev"), "out": Output("/nix/store/x", "r:sha256", "00ff")}
    assert (found.inputs, found.sources, found.system) == (("/nix/store/a.drv",), ("/nix/store/b",), "x86_64-linux")
    assert found.environment == {"empty": "", "name": "x-1", "text": 'a\tb\r\n[(",)]'}


def test_empty_lists_and_bytes_that_are_no_text() -> None:
    found = parse_derivation(b'Derive([],[],[],"","",[],[("x","a\xffb")])', "x.drv")
    assert (found.outputs, found.inputs, found.environment) == ({}, (), {"x": "a\ufffdb"})


@pytest.mark.parametrize("length", range(0, len(DERIVATION), 7))
def test_what_is_cut_short_is_none(length: int) -> None:
    with pytest.raises(InvalidImage, match=r"no derivation .* in x\.drv"):
        parse_derivation(DERIVATION[:length].encode(), "x.drv")


@pytest.mark.parametrize(
    "text",
    [
        DERIVATION + " ",
        DERIVATION.replace("Derive(", "DrvWithVersion("),
        DERIVATION.replace('","dev"', '", "dev"'),
        DERIVATION.replace('["/nix', "['/nix"),
        "[" * 100_000,
        'Derive([("' + "\\" * 99_999,
    ],
)
def test_what_nix_does_not_write_is_refused(text: str) -> None:
    with pytest.raises(InvalidImage):
        parse_derivation(text.encode(), "x.drv")


def graph(directory: Path, count: int) -> str:
    """A chain of derivations, each of which needs the next one; returns the first."""
    names = [f"{directory}/{number}.drv" for number in range(count)]
    for name, following in zip(names, [*names[1:], ""], strict=True):
        inputs = f'("{following}",["out"])' if following else ""
        Path(name).write_text(f'Derive([("out","{name}","","")],[{inputs}],[],"","",[],[])')
    return names[0]


def test_a_graph_is_read_as_a_whole_and_each_once(tmp_path: Path) -> None:
    first = graph(tmp_path, 3)
    assert len(read_derivations([first, first, f"{tmp_path}/2.drv"])) == 3


def test_a_graph_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivations, "MOST_DERIVATIONS", 3)
    assert len(read_derivations([graph(tmp_path, 3)])) == 3
    with pytest.raises(InvalidImage, match="more than 3 derivations"):
        read_derivations([graph(tmp_path, 4)])


def test_a_derivation_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.drv"
    file.write_text(DERIVATION)
    monkeypatch.setattr(derivations, "MOST_BYTES", len(DERIVATION))
    assert read_derivation(str(file)).system == "x86_64-linux"
    monkeypatch.setattr(derivations, "MOST_BYTES", len(DERIVATION) - 1)
    with pytest.raises(InvalidImage, match=r"x\.drv"):
        read_derivation(str(file))


def test_what_the_real_nix_writes(tmp_path: Path) -> None:
    text = 'a"b\\c\n\t${d} ü'
    made = '{ name = "x"; system = "s"; builder = "b"; outputs = [ "out" "doc" ]; t = builtins.fromJSON %s; }'
    expression = tmp_path / "x.nix"
    expression.write_text("derivation " + made % json_string(text))
    path = subprocess.run(
        [need("nix-instantiate"), expression], env=nix_environment(), check=True, capture_output=True, text=True
    ).stdout.strip()
    found = read_derivation(path)
    assert found.environment["t"] == text
    assert found.environment["doc"] == found.outputs["doc"].path


def json_string(text: str) -> str:
    """A text as JSON, in Nix's quotes for several lines."""
    return "''" + json.dumps(text).replace("${", "''${") + "''"
