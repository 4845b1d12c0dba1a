"""An image, its base and its programs are for one machine."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.support import images
from tests.support.elf import elf
from tests.support.nix import Nix, error_lines

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""GOARCH, Nix's word."""


def base(path: Path, **platform: str) -> Path:
    layers = [images.layer({"etc/os-release": b"x"})]
    return images.docker_archive(path, layers, image=images.image_config(layers) | platform)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("x86_64", 'which runtimes call by Go\'s word amd64: write architecture = "amd64"'),
        ("aarch64", 'write architecture = "arm64"'),
        ("aarch64-linux", 'write architecture = "arm64"'),
        ("armv7l", 'write architecture = "arm"'),
        ("i686", 'write architecture = "386"'),
        ("powerpc64le", 'write architecture = "ppc64le"'),
        ("AMD64", 'write architecture = "amd64"'),
        ("amd46", "which is no architecture that runtimes know"),
        ("", "which is no architecture that runtimes know"),
    ],
)
def test_words_that_are_not_gos(nix: Nix, word: str, says: str) -> None:
    messages = nix.fails(f'dockerTools.streamLayeredImage {{ name = "a"; architecture = "{word}"; }}')
    assert f'error: nixdock: streamLayeredImage: architecture is "{word}", ' in messages
    assert says in messages


def test_the_word_for_a_pulled_image(nix: Nix) -> None:
    pull = f'dockerTools.pullImage {{ imageName = "x"; imageDigest = "sha256:{"0" * 64}"; arch = "x86_64"; }}'
    assert 'pullImage: arch is "x86_64", which runtimes call by Go\'s word amd64: write arch = "amd64"' in nix.fails(
        pull
    )


IMAGES = [
    'buildImage { name = "a"; architecture = "amd64"; fromImage = BASE; }',
    'buildLayeredImage { name = "a"; architecture = "amd64"; fromImage = BASE; }',
    'buildImage { name = "a"; architecture = "amd64"; fromImage = BASE; runAsRoot = "/bin/of-the-base"; }',
    'buildImage { name = "a"; architecture = "amd64"; fromImage = OURS; }',
]


@pytest.mark.parametrize("image", IMAGES)
def test_a_base_for_another_machine(nix: Nix, tmp_path: Path, image: str) -> None:
    below = base(tmp_path / "base.tar", architecture="arm64", variant="v8")
    ours = '(dockerTools.buildImage { name = "b"; architecture = "arm64"; })'
    [line] = error_lines(nix.fails(f"dockerTools.{image.replace('BASE', str(below)).replace('OURS', ours)}"))
    assert "the base image is for linux/arm64 (aarch64) and the image for linux/amd64 (x86_64) in fromImage" in line


def test_a_variant_is_kept(nix: Nix, tmp_path: Path) -> None:
    below = base(tmp_path / "base.tar", architecture="arm", variant="v7")
    image = nix.image(f'dockerTools.buildImage {{ name = "a"; architecture = "arm"; fromImage = {below}; }}')
    assert image.recipe["platform"] == {"architecture": "arm", "os": "linux", "variant": "v7"}


def foreign_program(path: Path, place: str) -> str:
    """A Nix expression for a tree with a program of another machine than this one."""
    program = path / place
    program.parent.mkdir(parents=True)
    program.write_bytes(elf(183, kind=2) if this_machine() == "amd64" else elf(62, kind=2))
    program.chmod(0o755)
    return f'(builtins.path {{ path = {path}; name = "tree"; }})'


def this_machine() -> str:
    return next(go for go, word in MACHINES.items() if word == platform.machine())


@pytest.mark.parametrize(
    "arguments",
    [
        "buildImage { copyToRoot = TREE;",
        'buildImage { copyToRoot = TREE; extraCommands = "true";',
        "buildLayeredImage { contents = [ TREE ];",
        'buildLayeredImage { contents = [ TREE ]; fakeRootCommands = "true";',
        "streamLayeredImage { contents = [ TREE ]; includeStorePaths = false;",
        'buildLayeredImage { config.Cmd = [ "${TREE}/bin/x" ];',
        'buildImage { files."/bin/y".source = "${TREE}/bin/x";',
        'buildLayeredImage { symlinks."/usr/local/bin/y" = "${TREE}/bin/x";',
        "buildImage { layers = [ (dockerTools.buildLayer { copyToRoot = TREE; }) ];",
        "buildImage { layers = [ (dockerTools.buildLayer { layers = [ LAYER ]; }) ];",
    ],
)
def test_a_program_for_another_machine(nix: Nix, tmp_path: Path, arguments: str) -> None:
    expression = arguments.replace("LAYER", "(dockerTools.buildLayer { copyToRoot = TREE; })")
    image = f'dockerTools.{expression.replace("TREE", foreign_program(tmp_path / "tree", "bin/x"))} name = "a"; '
    [line] = error_lines(nix.fails(image + "}"))
    assert "-tree/bin/x is a program for " in line
    assert nix.build_expression(image + "checkArchitecture = false; }").exists()


def test_where_the_architecture_is_given_a_warning_is_enough(nix: Nix, tmp_path: Path) -> None:
    tree = foreign_program(tmp_path / "tree", "bin/x")
    image = f'dockerTools.buildImage {{ name = "warned"; copyToRoot = {tree}; architecture = "{this_machine()}"; '
    recipe = nix.build_expression(f"({image}}}).recipe")
    log = nix("nix-store", "--read-log", recipe)
    assert log.startswith("nixdock: warning: ") and "-tree/bin/x is a program for " in log
    [line] = error_lines(nix.fails(image + "checkArchitecture = true; }"))
    assert "-tree/bin/x is a program for " in line


def test_the_declared_shell_is_for_the_images_machine(nix: Nix) -> None:
    other = next(word for word in MACHINES if word != this_machine())
    body = f'name = "a"; architecture = "{other}"; checkArchitecture = true; shell = true;'
    assert " is a program for " in nix.fails(f"dockerTools.buildImage {{ {body} }}")


def test_other_machines_files_in_a_package_are_its_own_matter(nix: Nix, tmp_path: Path) -> None:
    tree = foreign_program(tmp_path / "tree", "lib/firmware/x")
    assert nix.build_expression(f'dockerTools.buildLayeredImage {{ name = "a"; contents = {tree}; }}').exists()


def test_an_index_takes_the_image_for_the_architecture_asked_for(nix: Nix) -> None:
    """Which of a layout's images is below is told by `architecture`, and not by the machine that builds."""
    image = 'dockerTools.buildImage {{ name = "a"; tag = "1"; architecture = "{}"; }}'
    both = " ".join(f"({image.format(word)})" for word in MACHINES)
    layout = f'(dockerTools.buildIndex {{ name = "both"; tag = "1"; images = [ {both} ]; }}).ociLayout'
    for word in MACHINES:
        on_top = f'dockerTools.buildImage {{ name = "on"; architecture = "{word}"; fromImage = {layout}; }}'
        assert nix.image(on_top).recipe["platform"]["architecture"] == word
