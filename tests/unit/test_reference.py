"""nix/README.md says what the doc comments in nix/ say; and each part of making it is shown to work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import reference
from tests.support.tools import ROOT

NIX = ROOT / "nix"


def test_the_reference_is_current() -> None:
    assert (NIX / "README.md").read_text() == reference.reference(NIX), "run tests/reference"


def test_every_argument_says_its_type_and_what_it_is() -> None:
    shared = [a for file in reference.SECTIONS for a in reference.arguments((NIX / f"internal/{file}.nix").read_text())]
    own = [argument for export in reference.exports(NIX) for argument in export.arguments]
    assert len(own) > 40 and len(shared) > 30
    assert [argument.name for argument in own + shared if not argument.type or not argument.text] == []


@pytest.mark.parametrize(
    ("declared", "default"),
    [
        ("name,", None),
        ("name ? null,", "null"),
        ('name ? "gz",', '"gz"'),
        ("name ? [ ],", "[ ]"),
        ("name ? other.name or 1,", ""),
        ("name ? 3\n}", "3"),
        ("name = { };", None),
        ("name.default = { };", "{ }"),
        ("name.default = 0;", "0"),
        ("name = {\n  default = false;\n  types = bool;\n};", "false"),
        ("name = {\n  default = goArchitecture;\n};", ""),
    ],
)
def test_an_argument_with_its_default(declared: str, default: str | None) -> None:
    [argument] = reference.arguments(f"# head\n{{\n  /**\n    int or null: how\n    many: all.\n  */\n  {declared}\n")
    assert argument == reference.Argument("name", "int or null", "how many: all.", default)


def test_a_comment_before_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no argument follows"):
        reference.arguments("{\n  /** int: how many. */\n}\n")


def test_a_function_with_what_it_shares(tmp_path: Path) -> None:
    (tmp_path / "internal").mkdir()
    (tmp_path / "default.nix").write_text("{\n  buildThing = callPackage ./build-thing.nix { };\n}\n")
    comment = "/**\n  Build a thing.\n\n  # Type\n\n  text\n*/\n"
    function = "{ imageFunction }:\n{\n  /** int: how many. */\n  count ? 1,\n}: count\n"
    (tmp_path / "build-thing.nix").write_text(comment + function)
    (tmp_path / "internal/image-arguments.nix").write_text("# all\n{\n  /** string: its name. */\n  name = { };\n}\n")
    [export] = reference.exports(tmp_path)
    assert export.text == "Build a thing.\n\n# Type\n\ntext"
    assert export.shared == ("image-arguments",)
    assert reference.argument_names(tmp_path, export) == {"count", "name"}
