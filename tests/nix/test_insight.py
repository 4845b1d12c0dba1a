"""inspect, diff and report on what Nix built, against what Nix itself says of it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import error_of, nixdock
from tests.support.nix import Nix
from tests.support.registry import Registry
from tests.support.skopeo import Skopeo
from tests.support.tools import ROOT, need


@pytest.fixture(scope="module")
def layered(nix: Nix) -> Path:
    return nix.build("examples.layered.recipe")


def inspected(*arguments: str | Path) -> Any:
    done = nixdock("inspect", "--json", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def told_by(nix: Nix, found: Any) -> dict[str, tuple[int, set[str]]]:
    """Sizes and references of the store paths of an image, as Nix has them."""
    paths = [path["path"] for path in found["paths"]]
    return {
        path: (
            int(nix("nix-store", "--query", "--size", path)),
            {*nix("nix-store", "--query", "--references", path).split()} & {*paths} - {path},
        )
        for path in paths
    }


def told_by_us(found: Any) -> dict[str, tuple[int, set[str]]]:
    return {path["path"]: (path["narSize"], set(path["references"])) for path in found["paths"]}


def test_of_a_recipe_it_says_what_nix_says(nix: Nix, layered: Path) -> None:
    found = inspected(layered)
    assert found["paths"] and told_by_us(found) == told_by(nix, found)


def test_an_archive_and_a_layout_tell_the_same_without_nix(nix: Nix, layered: Path) -> None:
    known = inspected(layered, "--tree")
    for attribute in ("examples.layered", "examples.layered.ociLayout"):
        found = inspected(nix.build(attribute), "--tree", "--arch", known["platform"]["architecture"])
        assert told_by_us(found) == told_by_us(known)
        assert {path for paths in found["roots"].values() for path in paths} == {
            path for paths in known["roots"].values() for path in paths
        }
        assert [layer["diffId"] for layer in found["layers"]] == [layer["diffId"] for layer in known["layers"]]


def test_programs_stand_for_their_image(nix: Nix, layered: Path) -> None:
    known = inspected(layered)
    for attribute in ("stream", "copyToDockerDaemon", "copyToRegistry", "serve"):
        found = inspected(nix.build(f"examples.layered.{attribute}"))
        assert found["digests"] == known["digests"] and found["kind"] == "recipe", attribute


def test_a_chain_is_one_of_references(nix: Nix, layered: Path) -> None:
    found = inspected(layered, "--why", "glibc")
    [(target, [root, *chain])] = found["why"].items()
    assert chain[0] in found["roots"][root] and chain[-1] == target
    for above, below in zip(chain, chain[1:], strict=False):
        assert below in nix("nix-store", "--query", "--references", above).split()


def test_a_database_in_the_image_makes_no_chain_short(nix: Nix) -> None:
    found = inspected(nix.build("examples.nixLayered.recipe"), "--tree")
    mentioned = {path for paths in found["roots"].values() for path in paths}
    assert mentioned < {path["path"] for path in found["paths"]}


def test_layers_of_build_layer(nix: Nix) -> None:
    found = inspected(nix.build_expression("nixdock.buildLayer { deps = [ pkgs.hello ]; }"))
    assert found["kind"] == "layers" and any(path["name"] == "hello" for path in found["paths"])


def test_a_plain_root_file_system_is_one_line(nix: Nix) -> None:
    message = error_of("inspect", nix.build("examples.exported"))
    assert "it looks like a plain root file system" in message


def test_what_changed_since_the_last_push(nix: Nix, skopeo: Skopeo, registry: Registry, layered: Path) -> None:
    reference = f"docker://{registry.host}/insight/app:1"
    copy = [str(nix.build("examples.layered.copyTo")), reference, "--quiet", "--", "--dest-tls-verify=false"]
    subprocess.run(copy, env=nix.environment, check=True, capture_output=True)
    plain = ("--tls-verify=false", "--arch", inspected(layered)["platform"]["architecture"])
    documents = inspected(reference, *plain)
    assert documents["paths"] is None and all(layer["blob"]["size"] for layer in documents["layers"])
    known = inspected(layered)
    assert told_by_us(inspected(reference, "--tree", *plain)) == told_by_us(known)
    done = nixdock("diff", reference, layered, "--json", *plain)
    found = json.loads(done.stdout)
    assert found["packages"] == found["layers"]["added"] == found["config"] == []
    assert found["moves"]["push"]["layers"] == 0 and len(found["layers"]["kept"]) == len(known["layers"])


def test_a_registry_without_rights_is_one_line(private: Registry) -> None:
    message = error_of("inspect", f"docker://{private.host}/any:1", "--tls-verify=false")
    assert message.startswith("the registry wants credentials, or has no such name")


def test_a_page_about_it(nix: Nix, layered: Path, tmp_path: Path) -> None:
    done = nixdock("report", layered, nix.build("examples.hello.recipe"), "-o", tmp_path / "report.html")
    assert (done.returncode, done.stderr) == (0, b"")
    html = (tmp_path / "report.html").read_text()
    assert all(path["path"].rpartition("/")[2] in html for path in inspected(layered)["paths"])


def test_the_packages_own_command_has_its_files(nix: Nix, layered: Path, tmp_path: Path) -> None:
    program = nix.build("nixdock") / "bin/nixdock"
    for words in (["inspect", layered], ["diff", layered, layered], ["report", layered, "-o", tmp_path / "page"]):
        subprocess.run([str(program), *map(str, words)], env=nix.environment, check=True, capture_output=True)
    assert "treemap" in (tmp_path / "page").read_text().lower()


def test_the_commands_of_the_readme(nix: Nix, layered: Path, tmp_path: Path) -> None:
    [block] = [
        text for text in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S) if "--why" in text
    ]
    script = block.replace("nix-build ", f"nix-build {ROOT} ").replace(
        "docker://registry.example/team/layered:1", str(layered)
    )
    path = f"{nix.build('nixdock')}/bin:{nix.environment['PATH']}"
    done = subprocess.run(
        [need("sh"), "-ec", script],
        cwd=tmp_path,
        env={**nix.environment, "PATH": path},
        check=True,
        capture_output=True,
    )
    assert b"Packages: the same" in done.stdout and (tmp_path / "report.html").exists()
