"""maxLayers, layerHints and layeringPipeline, as Nix hands them on."""

from __future__ import annotations

import pytest

from tests.support.nix import Image, Nix

CONTENTS = "[ pkgs.hello pkgs.bash pkgs.coreutils ]"


def layers(image: Image) -> list[set[str]]:
    """For each layer, the names of its store paths. (They are in the order of hashes, another one on each machine.)"""
    return [
        {path.partition("-")[2].partition("-")[0] for path in layer["source"]["paths"]}
        for layer in image.recipe["layers"]
    ]


def test_build_image_has_as_many_layers_as_are_asked_for(nix: Nix) -> None:
    arguments = 'name = "case"; tag = "1"; config.Cmd = [ "${pkgs.hello}/bin/hello" ];'
    one = nix.image(f"dockerTools.buildImage {{ {arguments} }}")
    three = nix.image(f"dockerTools.buildImage {{ {arguments} maxLayers = 3; }}")
    assert [layers(one), layers(three)] == [[{"hello", "glibc"}], [{"glibc"}, {"hello"}, set()]]
    assert nix.image(f"dockerTools.buildImage {{ {arguments} maxLayers = 1; }}").diff_ids == one.diff_ids


@pytest.mark.parametrize("most", [2, 4, 100])
def test_hints_say_what_the_graph_does_not(nix: Nix, most: int) -> None:
    hints = "layerHints = { apart = [ pkgs.bash ]; together = [ [ pkgs.hello pkgs.glibc ] ]; };"
    arguments = f'name = "case"; tag = "1"; contents = {CONTENTS}; maxLayers = {most + 1};'
    image = nix.image(f"dockerTools.buildLayeredImage {{ {arguments} {hints} }}")
    [together] = [layer for layer in layers(image) if "hello" in layer]
    assert {"bash"} in layers(image) and "glibc" in together


def test_what_a_hint_names_is_not_built(nix: Nix) -> None:
    never = 'derivation { name = "never"; inherit (pkgs) system; builder = "/none"; }'
    hinted = f'{{ name = "case"; contents = {CONTENTS}; layerHints.often = [ ({never}) ]; }}'
    assert len(layers(nix.image(f"dockerTools.buildLayeredImage {hinted}"))) > 3


def test_a_pipeline_gives_what_it_gave(nix: Nix) -> None:
    image = nix.image(
        f'dockerTools.buildLayeredImage {{ name = "case"; contents = {CONTENTS}; '
        'layeringPipeline = [ [ "popularity_contest" ] [ "limit_layers" 2 ] ]; layerHints.apart = [ pkgs.bash ]; }'
    )
    first, rest, root = layers(image)
    assert (first, root) == ({"glibc"}, set()) and {"hello", "bash", "coreutils"} <= rest


@pytest.mark.parametrize(
    ("hints", "says"),
    [
        ("[ ]", "layerHints is a list: write { often = "),
        ("{ oftn = [ ]; }", "layerHints has no `oftn`: it has often, together, apart"),
        ("{ often = pkgs.hello; }", "layerHints.often is "),
        ("{ together = [ pkgs.hello ]; }", "layerHints.together is "),
        ("{ apart = [ 5 ]; }", "layerHints.apart has an int: write packages"),
    ],
)
def test_hints_of_another_form_are_said_before_anything_is_built(nix: Nix, hints: str, says: str) -> None:
    for function in ('buildLayeredImage { name = "a";', 'buildImage { name = "a";', "buildLayer {"):
        messages = nix.fails(f"dockerTools.{function} layerHints = {hints}; }}")
        assert f"error: nixdock: {function.partition(' ')[0]}: {says}" in messages and "will be built" not in messages
