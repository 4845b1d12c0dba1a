"""The house rules hold; and each rule is shown to find what breaks it."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import PurePosixPath

import pytest

from tests.support import reference, rules
from tests.support.tools import ROOT, need

CITING = (".py", ".nix", ".md", ".sh", ".toml")


@cache
def tracked() -> tuple[str, ...]:
    """The files of the repository: in git's index, or in its work tree and not ignored."""
    command = [
        need("git"),
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if (ROOT / name).is_file()))


def modules() -> list[tuple[str, str]]:
    """(dotted name, source) of each module of the package."""
    files = [name for name in tracked() if name.startswith(f"{rules.PACKAGE}/") and name.endswith(".py")]
    return [(name.removesuffix(".py").replace("/", "."), (ROOT / name).read_text()) for name in files]


def test_there_is_something_to_check() -> None:
    names = {name for name, _ in modules()}
    assert {"nixdock_hook.errors", "nixdock_hook.trees.tree"} <= names


def test_imports_go_one_way_and_stay_in_the_standard_library() -> None:
    assert [wrong for name, source in modules() for wrong in rules.wrong_imports(name, source)] == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert list(rules.circles(dict(modules()))) == []


def test_no_folder_is_crowded() -> None:
    assert list(rules.crowds(tracked())) == []


def test_every_module_has_a_test_file_of_its_name() -> None:
    assert list(rules.untested(tracked())) == []
    gone = [module for module in rules.TESTED_WITH if f"{rules.PACKAGE}/{module}" not in tracked()]
    own = [module for module in rules.TESTED_WITH if f"tests/unit/{own_test(module)}" in tracked()]
    assert (gone, own) == ([], [])


def own_test(module: str) -> PurePosixPath:
    """The test file of a module that has one of its name."""
    return PurePosixPath(module).with_name(f"test_{PurePosixPath(module).name}")


def test_the_core_neither_prints_nor_exits_nor_reads_the_environment() -> None:
    assert [found for name, source in modules() for found in rules.side_effects(name, source)] == []


def test_only_the_process_module_starts_programs() -> None:
    starters = {
        name
        for name, source in modules()
        for imported, _ in rules.imported_modules(name, source)
        if imported.split(".")[0] == "subprocess"
    }
    assert starters <= {"nixdock_hook.process"}


def test_functions_fit_on_a_screen_and_files_have_one_reason() -> None:
    python = [name for name in tracked() if name.endswith(".py")]
    assert [found for name in python for found in rules.too_long(name, (ROOT / name).read_text())] == []


def test_the_image_of_a_nixos_configuration_stays_small() -> None:
    """The reader of systemd's syntax is no reason for this program: above its limit, the function goes."""
    names = [name for name in tracked() if re.fullmatch(r"nix/(internal/nixos-|image-from-nixos).*\.nix", name)]
    lines = [line for name in names for line in rules.nix_code((ROOT / name).read_text())]
    assert len(names) == 3
    assert len(lines) <= 150
    assert max(map(len, lines)) <= 120


def test_every_name_says_its_reason() -> None:
    assert list(rules.vague_names(tracked())) == []


def test_the_top_level_is_as_designed() -> None:
    assert list(rules.strays(tracked())) == []


def test_an_export_is_named_after_its_file() -> None:
    for folder, word in (("nix", "callPackage ./build-image.nix"), ("nix/internal", "callPackage ./run-step.nix")):
        source = (ROOT / folder / "default.nix").read_text()
        assert word in source
        assert list(rules.misnamed_exports(source)) == []


def test_every_export_has_a_comment_an_example_and_a_test() -> None:
    files = [*(ROOT / "tests/nix").glob("*.py"), *(ROOT / "tests/system").glob("*.py")]
    # Examples are tested, every one.
    tested = [file.read_text() for file in [*files, *(ROOT / "nix/examples").glob("*.nix")]]
    exports = reference.exports(ROOT / "nix")
    assert len(exports) == 21
    assert list(rules.undocumented_exports(exports, "\n".join(tested))) == []


def test_every_file_of_nix_is_wired() -> None:
    for folder in (ROOT / "nix", ROOT / "nix/internal"):
        wired = {file for _, file in reference.wired((folder / "default.nix").read_text())}
        elsewhere = {
            "default",
            "overlay",
            "nixpkgs-docker-tools",
            "package-overrides",
            "parts-of-nixpkgs",
            "used-packages",
        }
        assert {file.stem for file in folder.glob("*.nix")} - elsewhere == wired


def test_every_page_that_is_cited_is_here() -> None:
    texts = {name: (ROOT / name).read_text(errors="replace") for name in tracked() if name.endswith(CITING)}
    assert [found for name, text in texts.items() for found in rules.dead_citations(name, text, tracked())] == []


def test_every_room_is_in_the_readme_in_import_order() -> None:
    text = (ROOT / "nixdock_hook/README.md").read_text()
    rooms = re.findall(r"^\| `(\w+)/?` \|", text.partition("## The rooms")[2].partition("\n## ")[0], re.MULTILINE)
    ranks = [rules.ROOMS[room] for room in rooms]
    assert ranks == sorted(ranks)
    assert {*rooms, "__version__"} == set(rules.ROOMS)


def test_no_file_names_a_service_or_a_machine() -> None:
    texts = {name: (ROOT / name).read_text(errors="replace") for name in tracked()}
    assert [found for name, text in texts.items() for found in rules.machine_words(name, text)] == []


@pytest.mark.parametrize(
    ("module", "source", "breaks"),
    [
        ("oci.archive", "from ..layers import tree", "not above"),
        ("oci.archive", "from ..store.nar import size", "not above"),
        ("layers.tar", "def late():\n    from .. import steps", "not above"),
        ("errors", "from .process import run", "not above"),
        ("sinks.archive", "from ..utils import x", "in no room"),
        ("layers.tar", "import nixdock_hook.errors", "absolutely"),
        ("layers.tar", "import requests", "standard library"),
        ("layers.tar", "from requests.api import get", "standard library"),
        ("layers.tar", "from ..errors import InvalidInput\nfrom .tree import Entry\nimport os.path", ""),
        ("layers.__init__", "from .tree import Entry", ""),
        ("steps.plan", "from .. import images\nfrom ..store import closure", ""),
    ],
)
def test_the_import_rule(module: str, source: str, breaks: str) -> None:
    found = list(rules.wrong_imports(f"nixdock_hook.{module}", source))
    assert [breaks in text for text in found] == ([True] if breaks else [])


def test_the_rule_about_circles() -> None:
    modules = {
        "nixdock_hook.a.__init__": "",
        "nixdock_hook.a.one": "from .two import x",
        "nixdock_hook.a.two": "if TYPE_CHECKING:\n    from ..b import three",
        "nixdock_hook.b.three": "def late():\n    from ..a.one import y",
        "nixdock_hook.b.four": "from ..a import one\nimport json",
        "nixdock_hook.b.five": "from . import five",
    }
    assert [text.split()[0] for text in rules.circles(modules)] == [
        "nixdock_hook.a.one",
        "nixdock_hook.a.two",
        "nixdock_hook.b.three",
    ]
    assert list(rules.circles(modules | {"nixdock_hook.b.three": "from ..a import nothing"})) == []


def test_the_rule_about_crowds() -> None:
    full = [f"nixdock_hook/a/m{number}.py" for number in range(rules.MAX_MODULES)]
    others = ["nixdock_hook/a/__init__.py", "nixdock_hook/a/b/c.py", "nixdock_hook/a/x.json"]
    assert list(rules.crowds([*full, *others])) == []
    more = [*full, "nixdock_hook/a/more.py"]
    assert list(rules.crowds(more)) == [f"nixdock_hook/a has {rules.MAX_MODULES + 1} modules"]
    assert list(rules.crowds(path.replace("/a/", "/steps/") for path in more)) == []


def test_the_rule_about_test_files() -> None:
    paths = ["nixdock_hook/a/b.py", "nixdock_hook/__main__.py", "nixdock_hook/a/__init__.py", "nixdock_hook/a/c.py"]
    tests = ["tests/unit/a/test_b.py", "tests/unit/test_main.py"]
    assert list(rules.untested([*paths, *tests])) == ["nixdock_hook/a/c.py has no tests/unit/a/test_c.py"]
    assert list(rules.untested([*paths, *tests, "tests/nix/a/test_c.py"])) == []


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        ("layers.tar", "print(1)", 1),
        ("layers.tar", "import sys\nsys.exit(1)", 1),
        ("layers.tar", "raise SystemExit", 1),
        ("images.index", "import os\nx = os.environ['HOME']", 1),
        ("images.index", "from os import environ", 1),
        ("sinks.stream", "import sys\nsys.stdout.write('')", 1),
        ("steps.plan", "import os\nx = os.environ['HOME']", 0),
        ("steps.plan", "import sys\nsys.exit(1)", 1),
        ("__main__", "import sys\nprint(1)\nsys.exit(1)", 0),
        ("layers.tar", "'print(1)'  # sys.exit", 0),
    ],
)
def test_the_rule_about_side_effects(module: str, source: str, count: int) -> None:
    assert len(list(rules.side_effects(f"nixdock_hook.{module}", source))) == count


def test_the_rule_about_length() -> None:
    fits = "def f():\n" + "    x = 1\n" * (rules.MAX_FUNCTION_LINES - 1)
    assert list(rules.too_long("a.py", fits)) == []
    assert list(rules.too_long("a.py", fits + "    x = 1\n")) == ["a.py: f has 60 lines"]
    assert list(rules.too_long("a.py", "x = 1\n" * 350)) == ["a.py has 350 lines"]


def test_code_of_nix_is_told_from_comments() -> None:
    source = "/**\n  A b.\n*/\n{ a }:\n# One.\n\n  # Two.\n  a # three\n"
    assert rules.nix_code(source) == ["{ a }:", "  a # three"]


def test_the_rule_about_names() -> None:
    paths = ["a/utils.py", "utils/a.py", "a/helpers.nix", "tests/support/tools.py"]
    assert list(rules.vague_names(paths)) == paths[:3]


def test_the_rule_about_the_top_level() -> None:
    assert list(rules.strays(["README.md", "nix/a.nix", ".ci/run", "notes.txt", "src/a.py"])) == ["notes.txt", "src"]


def test_the_rule_about_citations() -> None:
    text = "see NOTES" + ".md, README.md and layer.md\n(DESIGN" + ".md)"
    paths = ["a/README.md", "b.py"]
    assert list(rules.dead_citations("b.py", text, paths)) == [
        "b.py:1 cites NOTES" + ".md",
        "b.py:2 cites DESIGN" + ".md",
    ]


def test_the_rule_about_exports() -> None:
    good = "{\n  buildImage = callPackage ./build-image.nix { };\n}"
    bad = "{\n  streamImage = callPackage ./stream.nix { };\n  nss = a.nss or (callPackage ./fake-nss.nix { });\n}"
    assert list(rules.misnamed_exports(good)) == []
    assert list(rules.misnamed_exports(bad)) == ["streamImage comes from stream.nix", "nss comes from fake-nss.nix"]


def test_the_rule_about_comments() -> None:
    good = reference.Export(
        "binSh", "Provide it.\n\n# Type\n\n```\nbinSh :: x\n```\n\n# Example\n\n```nix\nx\n```", (), ()
    )
    bare = reference.Export("usrBinEnv", "", (), ())
    assert list(rules.undocumented_exports([good], "dockerTools.binSh")) == []
    assert list(rules.undocumented_exports([good], "dockerTools.binShell")) == ["binSh has no test"]
    missing = ["description", "type", "example", "test"]
    assert list(rules.undocumented_exports([bare], "")) == [f"usrBinEnv has no {part}" for part in missing]


# Put together here, so that the rule can be applied to this file as well.
SOMEBODYS = "/".join(("", "root", "notes.txt"))
MIRROR = "mirror." + "corp.net"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (f"see http://{MIRROR}/packages", MIRROR),
        ("curl https:" + f"//user:word@{MIRROR}:8443/x", MIRROR),
        (f"open('{SOMEBODYS}')", SOMEBODYS),
        ("https://github.com/opencontainers/image-spec", ""),
        ("http://127.0.0.1:5000/v2/ registry.example/team/app https://registry.example/v2/", ""),
        ("apt-get install docker.io; upper/root/x $dir/root/x; HOME=/root or /home/user", ""),
    ],
)
def test_the_rule_about_machines(line: str, named: str) -> None:
    assert list(rules.machine_words("a", line)) == ([f"a:1 names {named}"] if named else [])
