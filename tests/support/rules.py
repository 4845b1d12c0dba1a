"""The house rules as functions: source text in, what breaks the rule out."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from .reference import Export, wired

PACKAGE = "nixdock_hook"

# Room → rank. A module may import its own room and rooms of a lower rank.
ROOMS = {
    "__version__": 0,
    "errors": 0,
    "endings": 1,
    "process": 2,
    "inputs": 3,
    "outputs": 3,
    "clients": 4,
    "compression": 4,
    "forks": 4,
    "documents": 5,
    "oci": 6,
    "store": 7,
    "registries": 8,
    "bases": 9,
    "trees": 10,
    "layers": 11,
    "images": 12,
    "sinks": 13,
    "serving": 14,
    "copying": 15,
    "insight": 16,
    "messages": 17,
    "scripts": 18,
    "steps": 19,
    "cli": 20,
    "__main__": 21,
}
CORE = {room for room, rank in ROOMS.items() if rank <= ROOMS["insight"]}

# compression: Python's since 3.14, used where it is there. _typeshed: names for mypy alone.
ALSO_STANDARD = {"compression", "_typeshed"}

# In a folder of the package, without its __init__.py; `steps` has one module for each step.
MAX_MODULES = 14
MANY_MODULES = {"steps"}

# Modules whose tests are those of what they are parts of: modules → test file, below tests/unit.
TESTED_WITH = {
    "cli/diff.py": "insight/test_diff.py",
    "cli/inspect.py": "insight/test_inspect.py",
    "cli/report.py": "insight/report/test_page.py",
    "copying/layer_sender.py": "copying/test_registry_push.py",
    "compression/libdeflate.py": "compression/test_compress.py",
    "compression/libzstd.py": "compression/test_compress.py",
    "copying/skopeo_push.py": "copying/test_push_options.py",
    "images/declarations.py": "steps/test_declared_tree.py",
    "images/declared.py": "steps/test_declared_tree.py",
    "insight/difference.py": "insight/test_diff.py",
    "insight/file_changes.py": "insight/test_diff.py",
    "insight/json_shape.py": "insight/test_inspect.py",
    "insight/opened/contents.py": "insight/opened/test_opening.py",
    "insight/opened/described.py": "insight/opened/test_opening.py",
    "insight/opened/others.py": "insight/opened/test_opening.py",
    "insight/opened/model.py": "insight/opened/test_opening.py",
    "insight/opened/store_paths.py": "insight/opened/test_opening.py",
    "insight/sbom/finished.py": "insight/sbom/test_described.py",
    "insight/sbom/formats.py": "insight/sbom/test_cyclonedx.py",
    "insight/sbom/known.py": "insight/sbom/test_components.py",
    "insight/sbom/model.py": "insight/sbom/test_components.py",
    "steps/image_sbom.py": "steps/test_sbom.py",
    "steps/provenance.py": "insight/sbom/test_provenance.py",
    "insight/report/markup.py": "insight/report/test_page.py",
    "registries/session.py": "registries/test_upload.py",
}

MAX_FUNCTION_LINES = 59
MAX_FILE_LINES = 349

TOP_LEVEL = {
    *("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"),
    *("default.nix", "flake.nix", "flake.lock", "nix", "nixdock_hook", "tests"),
}

# Where a reader is sent for a specification or a project; nothing is fetched from there.
DOCUMENTATION_HOSTS = {"127.0.0.1", "localhost", "github.com", "nixos.org", "json-schema.org", "www.w3.org"}
# Whose URLs are names: of schemas and of predicate types.
DOCUMENTATION_HOSTS |= {"cyclonedx.org", "in-toto.io", "slsa.dev", "spdx.dev", "spdx.org"}
_URL_HOST = re.compile(r"https?://(?:[^/@\s]*@)?([a-z0-9.-]*[a-z0-9])", re.IGNORECASE)
# Not /home: images have homes too.
_MACHINE_PATH = re.compile(r"(?<![\w.\-})/])/(?:work|root)/\w[\w./-]*")

_PAGE = re.compile(r"\b[A-Z][A-Z0-9-]*\.md\b")
_EXITS = {"sys.exit", "os.abort"}
_TALKS = {"sys.stdout", "sys.stderr", "sys.stdin", "os.environ", "os.environb", "os.getenv", "os.putenv"}


def imported_modules(module: str, source: str) -> Iterator[tuple[str, bool]]:
    """(full name of what it imports, whether relatively) for each import anywhere in a module's source.

    module: its dotted name; a package's ends in `.__init__`.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, False) for alias in names)
            case ast.ImportFrom(module=base, level=0):
                yield str(base), False
            case ast.ImportFrom(module=base, names=names, level=level):
                package = ".".join(module.split(".")[:-level])
                yield from ((".".join(filter(None, (package, base, alias.name))), True) for alias in names)


def room(module: str) -> str:
    """The room of a module of the package: `nixdock_hook.layers.tar` is in `layers`."""
    return (module.split(".") + ["__init__"])[1]


def wrong_imports(module: str, source: str) -> Iterator[str]:
    """Imports of a room that is not above, of the package by its full name, or from outside the standard library."""
    here = room(module)
    for name, relative in imported_modules(module, source):
        top = name.split(".")[0]
        if not relative:
            if top == PACKAGE:
                yield f"{module} imports {name} absolutely"
            elif top not in sys.stdlib_module_names | ALSO_STANDARD:
                yield f"{module} imports {name}, which is not in the standard library"
        elif here not in ROOMS or room(name) not in ROOMS:
            yield f"{module} imports {name}: one of them is in no room"
        elif here != room(name) and ROOMS[room(name)] >= ROOMS[here]:
            yield f"{module} imports {name}, which is not above it"


def circles(modules: Mapping[str, str]) -> Iterator[str]:
    """Modules that import one another, also under TYPE_CHECKING or inside of functions. modules: name -> source."""
    imports = {name: _imported(name, source, modules) for name, source in modules.items()}
    for name in modules:
        reached: set[str] = set()
        todo = list(imports[name])
        while todo:
            other = todo.pop()
            if other not in reached:
                reached.add(other)
                todo += imports[other]
        if name in reached:
            yield f"{name} imports itself, by way of others"


def _imported(name: str, source: str, modules: Collection[str]) -> set[str]:
    """The modules of the package that one imports: `from .a import b` may mean the module a.b, or what is in a."""
    found = set()
    for imported, relative in imported_modules(name, source):
        above = imported.rpartition(".")[0]
        candidates = (imported, f"{imported}.__init__", above, f"{above}.__init__") if relative else ()
        found.add(next((candidate for candidate in candidates if candidate in modules), name))
    return found - {name}


def crowds(paths: Iterable[str]) -> Iterator[str]:
    """Folders of the package with more modules than one can look over."""
    modules = [PurePosixPath(path) for path in paths if path.endswith(".py") and not path.endswith("__init__.py")]
    for folder, count in sorted(Counter(path.parent for path in modules if path.parts[0] == PACKAGE).items()):
        if count > MAX_MODULES and folder.name not in MANY_MODULES:
            yield f"{folder} has {count} modules"


def untested(paths: Collection[str]) -> Iterator[str]:
    """Modules of the package without a test file of their name at the mirrored place: tests/unit, or tests/nix."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if parts[0] == PACKAGE and path.endswith(".py") and parts[-1] != "__init__.py":
            name = f"test_{parts[-1].replace('__', '')}"
            places = [str(PurePosixPath("tests", kind, *parts[1:-1], name)) for kind in ("unit", "nix")]
            if together := TESTED_WITH.get("/".join(parts[1:])):
                places = [f"tests/unit/{together}"]
            if not {*places} & {*paths}:
                yield f"{path} has no {places[0]}"


def side_effects(module: str, source: str) -> Iterator[str]:
    """Where the core prints, exits or looks at the environment; where anything but `__main__` exits."""
    here = room(module)
    if here == "__main__":
        return
    for node in ast.walk(ast.parse(source)):
        word, line = "", getattr(node, "lineno", 0)
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                word = f"{owner}.{name}"
            case ast.ImportFrom(module=("os" | "sys") as owner, names=names):
                word = next((f"{owner}.{a.name}" for a in names if f"{owner}.{a.name}" in _EXITS | _TALKS), "")
            case ast.Name(id=("print" | "input" | "SystemExit" | "exit" | "quit") as name):
                word = name
        if word in _EXITS | {"SystemExit", "exit", "quit"}:
            yield f"{module}:{line} exits ({word})"
        elif here in CORE and word in _TALKS | {"print", "input"}:
            yield f"{module}:{line} uses {word}"


def nix_code(source: str) -> list[str]:
    """Lines of Nix that are neither blank nor comments."""
    lines = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL).splitlines()
    return [line for line in lines if re.match(r"\s*[^\s#]", line)]


def too_long(path: str, source: str) -> Iterator[str]:
    """Python files, and functions in them, that no longer fit."""
    lines = len(source.splitlines())
    if lines > MAX_FILE_LINES:
        yield f"{path} has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{path}: {node.name} has {lines} lines"


def vague_names(paths: Iterable[str]) -> Iterator[str]:
    """Files and directories whose name says nothing about their reason."""
    for path in paths:
        if {part.split(".")[0] for part in PurePosixPath(path).parts} & {"utils", "util", "helpers", "misc", "common"}:
            yield path


def strays(paths: Iterable[str]) -> Iterator[str]:
    """Top-level entries that the design does not know; dot files are tools' own."""
    tops = {PurePosixPath(path).parts[0] for path in paths}
    yield from sorted(top for top in tops - TOP_LEVEL if not top.startswith("."))


def misnamed_exports(source: str) -> Iterator[str]:
    """Names of a scope whose file has another one: `buildImage = callPackage ./build-image.nix { };`."""
    for export, file in wired(source):
        first, *rest = file.split("-")
        if export != first + "".join(word.capitalize() for word in rest):
            yield f"{export} comes from {file}.nix"


def undocumented_exports(exports: Iterable[Export], tested: str) -> Iterator[str]:
    """Exports of nix/ without a comment that has text, type and example, or without a test that names them.

    tested: the text of all tests of Nix.
    """
    for export in exports:
        description = export.text.partition("\n# ")[0]
        wanted = {
            "description": bool(description.strip()) and not export.text.startswith("#"),
            "type": bool(re.search(rf"^{re.escape(export.name)} ::", export.text, re.MULTILINE)),
            "example": "\n# Example\n\n```nix\n" in export.text,
            "test": bool(re.search(rf"\b{re.escape(export.name)}\b", tested)),
        }
        yield from (f"{export.name} has no {part}" for part, is_there in wanted.items() if not is_there)


def dead_citations(path: str, text: str, paths: Collection[str]) -> Iterator[str]:
    """Pages that are cited by name and not in the repository; the OCI specification's have lower-case names."""
    names = {PurePosixPath(name).name for name in paths}
    for number, line in enumerate(text.splitlines(), 1):
        for page in _PAGE.findall(line):
            if page not in names:
                yield f"{path}:{number} cites {page}"


def machine_words(path: str, text: str) -> Iterator[str]:
    """Hosts of URLs that are no documentation, and absolute paths of one person's machine."""
    for number, line in enumerate(text.splitlines(), 1):
        hosts = {host for host in _URL_HOST.findall(line) if not _documentation(host.lower())}
        for word in sorted(hosts | set(_MACHINE_PATH.findall(line))):
            yield f"{path}:{number} names {word}"


def _documentation(host: str) -> bool:
    return host in DOCUMENTATION_HOSTS or host.endswith((".example", ".invalid", ".test")) or host == "example"
