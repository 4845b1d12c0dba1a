"""Images with a Nix database as Nix builds them: the same bytes again, and what bad input gets."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from tests.support.images import docker_archive, layer
from tests.support.nix import Nix, error_lines

DATABASE = "nix/var/nix/db/db.sqlite"
HELD = f"nix/store/{'a' * 32}-held"
FUNCTIONS = ["buildImage", "buildLayeredImage", "streamLayeredImage"]


def on_top_of(base: Path, arguments: str = "") -> str:
    return f'dockerTools.buildImageWithNixDb {{ name = "top"; fromImage = {base}; {arguments} }}'


def database_of(nix: Nix, body: str) -> str:
    """The database's derivation: the one among those of an image's recipe."""
    [recipe] = nix.derivations(f"({body}).recipe")
    needed = nix("nix-store", "-qR", recipe).split()
    [found] = [path for path in needed if path.endswith("-nix-database.tar.drv")]
    return found


def test_the_functions_with_a_database_are_the_others_with_includeNixDB(nix: Nix) -> None:
    pair = 'let f = suffix: args: (dockerTools."build${kind}${suffix}" ({ name = "x"; } // args)).drvPath; in'
    for kind in ("Image", "LayeredImage"):
        both = f'let kind = "{kind}"; in {pair} [ (f "WithNixDb" {{ }}) (f "" {{ includeNixDB = true; }}) ]'
        with_database, included = json.loads(nix.evaluate(both))
        assert with_database == included
        assert included != json.loads(nix.evaluate(f'let kind = "{kind}"; in {pair} f "" {{ }}'))


def test_a_stream_may_have_a_database(nix: Nix) -> None:
    body = 'dockerTools.streamLayeredImage { name = "x"; contents = pkgs.hello; includeNixDB = true; }'
    assert nix.image(body).recipe["layers"][-1]["source"]["root"][-1].endswith("-nix-database.tar")


def test_without_store_paths_the_database_is_of_those_that_are_mounted(nix: Nix) -> None:
    both = "includeStorePaths = false; includeNixDB = true;"
    image = nix.image(f'dockerTools.buildLayeredImage {{ name = "x"; contents = pkgs.hello; {both} }}')
    assert image.store_paths == []
    [tar] = [path for path in image.recipe["layers"][-1]["source"]["root"] if path.endswith("-nix-database.tar")]
    with tarfile.open(tar) as archive:
        assert nix.path("pkgs.hello").encode() in archive.extractfile(DATABASE).read()  # type: ignore[union-attr]


def test_a_change_on_top_of_a_base_does_not_read_the_base_again(nix: Nix, tmp_path: Path) -> None:
    base = docker_archive(tmp_path / "base.tar", [layer({HELD: b"content"})])
    registrations = set()
    for text in ("1", "2"):
        drv = database_of(nix, on_top_of(base, f'copyToRoot = pkgs.writeTextDir "etc/x" "{text}";'))
        needed = nix("nix-store", "-qR", drv).split()
        registrations |= {path for path in needed if path.endswith("-base-registration.drv")}
    assert len(registrations) == 1


def test_a_base_from_elsewhere_gives_the_same_bytes_again(nix: Nix, tmp_path: Path) -> None:
    expression = 'derivation { name = "held"; system = "any"; builder = "/none"; }'
    drv = nix("nix-instantiate", "--expr", expression).strip()
    files = {HELD: b"content", drv[1:]: Path(drv).read_bytes()}
    database = database_of(nix, on_top_of(docker_archive(tmp_path / "base.tar", [layer(files)])))
    nix("nix-store", "--realise", database)
    nix("nix-store", "--realise", "--check", database)


def test_a_corrupt_database_in_the_base(nix: Nix, tmp_path: Path) -> None:
    base = docker_archive(tmp_path / "base.tar", [layer({HELD: b"content", DATABASE: b"rubbish " * 1000})])
    messages = nix.fails(on_top_of(base))
    [line] = error_lines(messages)
    assert line.startswith("nixdock: error: the Nix database cannot be read (file is not a database) in ")
    assert f"/{DATABASE} of the base base:1: " in line
    assert "Traceback" not in messages
