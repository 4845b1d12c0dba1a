"""What moves an image is a file that one can run, and what `nix run` and lib.getExe start."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.support.nix import PRELUDE, Nix
from tests.support.tools import ROOT, output

ATTRIBUTES = ("copyTo", "copyToContainerd", "copyToDockerDaemon", "copyToPodman", "copyToRegistry", "serve", "stream")
UNTAGGED = 'dockerTools.streamLayeredImage { name = "9-untagged"; contents = [ pkgs.hello ]; }'


COPIED = 'pkgs.runCommand "copied" { programs = PROGRAMS; } "cat $programs > $out"'


@pytest.fixture(scope="module")
def files(nix: Nix) -> dict[str, Path]:
    """Attribute → what nix-build gives."""
    words = [word for attribute in ATTRIBUTES for word in ("-A", f"image.{attribute}")]
    return dict(zip(ATTRIBUTES, map(Path, nix("nix-build", "--no-out-link", ROOT, *words).split()), strict=True))


def usage(*program: str | Path) -> str:
    return output(*program, "--help").decode()


def test_it_is_a_file_and_so_is_its_string(nix: Nix, files: dict[str, Path]) -> None:
    for file in files.values():
        assert file.is_file() and not file.is_symlink() and os.access(file, os.X_OK)
        assert usage(file).startswith("usage: nixdock ")
    programs = f"(map (name: nixdock.image.${{name}}) {nix_list(ATTRIBUTES)})"
    names = [str(file) for file in files.values()]
    assert json.loads(nix.evaluate(f'map (program: "${{program}}") {programs}')) == names
    assert json.loads(nix.evaluate(programs)) == names
    copied = nix.build_expression(COPIED.replace("PROGRAMS", programs))
    assert copied.read_text() == "".join(file.read_text() for file in files.values())


def test_nix_run_and_get_exe_find_it(nix: Nix, files: dict[str, Path]) -> None:
    get = f"map (name: pkgs.lib.getExe nixdock.image.${{name}}) {nix_list(ATTRIBUTES)}"
    for program, file in zip(json.loads(nix.evaluate(get)), files.values(), strict=True):
        assert usage(program) == usage(file)
    for attribute in ("copyToRegistry", "stream"):
        started = nix("nix", "run", "--impure", "--file", ROOT, f"image.{attribute}", "--", "--help")
        assert started == usage(files[attribute])


def test_nix_run_starts_the_package_of_a_stream(nix: Nix) -> None:
    """A function's own stream is the file at outPath, too (see test_nixos_modules): its package is `bin`."""
    started = nix("nix", "run", "--impure", "--expr", f"{PRELUDE}{UNTAGGED}", "bin", "--", "--help")
    assert started == usage(nix.build_expression(UNTAGGED))


def test_who_reads_main_program_finds_it(nix: Nix) -> None:
    """It leads to bin/NAME of what nix-build gives: a file has none."""
    named = f"builtins.filter (name: nixdock.image.${{name}} ? meta.mainProgram) {nix_list(ATTRIBUTES)}"
    assert json.loads(nix.evaluate(named)) == []
    assert json.loads(nix.evaluate(f"({UNTAGGED}).meta ? mainProgram")) is False
    assert (nix.build("nixdock") / "bin" / json.loads(nix.evaluate("nixdock.nixdock.meta.mainProgram"))).exists()


def test_nix_build_of_any_kind_gives_the_file_alone(nix: Nix, tmp_path: Path) -> None:
    link = tmp_path / "result"
    nix("nix", "build", "--impure", "--file", ROOT, "image.stream", "--out-link", link)
    assert os.listdir(tmp_path) == ["result"]
    assert link.resolve() == nix.build("image.stream")


def test_a_stream_without_a_tag_by_either_way(nix: Nix) -> None:
    """The tag is the hash of the file, which the package must not refer to; the name ends in no version."""
    file = nix.build_expression(UNTAGGED)
    program = Path(json.loads(nix.evaluate(f"pkgs.lib.getExe ({UNTAGGED})")))
    archives = [subprocess.run([way], capture_output=True, check=True).stdout for way in (file, program)]
    assert archives[0] == archives[1]
    with tarfile.open(fileobj=io.BytesIO(archives[0])) as archive:
        [image] = json.load(archive.extractfile("manifest.json") or io.BytesIO())
    assert image["RepoTags"] == [f"9-untagged:{file.name[:32]}"]
    assert json.loads(nix.evaluate(f"({UNTAGGED}).imageTag")) == file.name[:32]


def test_whoever_keeps_the_file_keeps_the_package(nix: Nix) -> None:
    references = nix("nix-store", "--query", "--references", nix.build("image.stream")).split()
    assert json.loads(nix.evaluate("nixdock.image.stream.bin.outPath")) in references


def nix_list(words: tuple[str, ...]) -> str:
    return "[ " + " ".join(f'"{word}"' for word in words) + " ]"
