"""nix/README.md, the reference of all functions and arguments: made of the doc comments (RFC 145) in nix/.

An export's file begins with its comment: what it does, `# Type`, `# Example`. An argument's comment stands before the
argument, where it is declared, and reads "TYPE: what it is". Arguments that several functions have are declared, and
listed, once: the file of such a function is called with the name of the room in nix/internal that declares them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_WIRED = re.compile(r"^\s*([\w'-]+)\s*=\s*(?:[\w.]+ or \()?(?:callPackage|import)\s+\./([\w-]+)\.nix\b", re.MULTILINE)
_COMMENT = re.compile(r"/\*\*(.*?)\*/\s*", re.DOTALL)
# Before an argument of a pattern (`name,` or `name ? default,`), or an attribute of a set of arguments.
_DECLARED = re.compile(
    r"([A-Za-z][\w'-]*)(?:,|\s*\?\s*([^,\n]*),?|\.default = ([^;]*);| = \{ \};|\s*=\s*\{\s*default = ([^;]*);)"
)
_LITERAL = re.compile(r'null|true|false|-?\d+|"[^"$]*"|\[ \]|\{ \}')

# Name by which a function's file asks for arguments that are not its own -> the files that declare them.
SHARED = {
    "imageFunction": ("image-arguments",),
    "layeredFunction": ("layered-function", "image-arguments"),
    "nixShellImage": ("nix-shell-image",),
    "lockedImage": ("locked-image",),
    "pulledImage": ("pulled-image",),
}
# Those that have a section of their own.
SECTIONS = {
    "image-arguments": "Arguments of every image",
    "layered-function": "Arguments of layered images",
    "nix-shell-image": "Arguments of images of a nix-shell",
}
# Function -> the one whose arguments it has, with its own before them.
SAME = {
    "buildImageWithNixDb": "buildImage",
    "buildLayeredImageWithNixDb": "buildLayeredImage",
    "imageFromNixos": "buildLayeredImage",
}

_HEAD = """\
# The functions of nixdock

<!-- Written by tests/reference from the doc comments in this directory: change those. -->

Every function and argument. Those that dockerTools has do what they do there; the README of the repository says what
differs. A function that gets an argument it does not know names the one that was meant.

`import ./nix pkgs`, the flake's `lib.mkLib pkgs` and the overlay's `pkgs.nixdock` are the set of all functions, a scope
as nixpkgs' `lib.makeScope` makes it. Besides the functions it has:

- `override { skopeo = …; }`: the set with other packages, in all that uses them; also `override (pkgs: { … })`.
- `overrideScope (final: prev: { … })`: the set with other functions; `internal`, a scope too, has what they share.
- `examples`: an image for each feature. `tests` are the same.
- `nixpkgs`: nixpkgs' own dockerTools. Its parts `mergeDrvs`, `mkPureLayer`, `mkRootLayer`, `runWithOverlay`,
  `shellScript` and `tarsum` are in the set as well.

What a function returns is a derivation with `override`, `overrideAttrs`, `meta` and `passthru`. An image has `recipe`,
`stream`, `archive`, `ociLayout`, `serve` and the `copyTo…` programs, `sbom`, `provenance`, `imageName`, `imageTag`,
`layers` and `buildArgs`.
And it has `tests`, for `checks` of a flake:

- `tests.structure { files = { "/etc/app.conf" = { contains = "port"; mode = "0640"; }; }; commands = [ … ]; }`: a
  derivation that looks at the root file system, without a daemon. A file may have `exists`, `type`, `mode`, `uid`,
  `gid`, `target` and `contains`; symlinks are followed on the way to it, and for what it contains. Commands run in it
  as root, with the image's `Env`: bash code, a list of words, or `{ command = …; prints = "text"; }`.
- `tests.hardened`: a derivation that fails with what is against a hardened image.
- `tests.run { script = "run /bin/app --version"; }`: a program that loads the image into docker or podman (what
  `NIXDOCK_RUNTIME` says, else what is in PATH) and runs the script, which has `run` (a container to its end),
  `$runtime` and `$image`.

**To add an argument** to every image, declare it with its comment in
[internal/image-arguments.nix](internal/image-arguments.nix) and use it in
[internal/new-image.nix](internal/new-image.nix); to the layered images alone, in
[internal/layered-function.nix](internal/layered-function.nix); to one function, in its own file. `lib.functionArgs`,
the errors about unknown arguments, and after `tests/reference` this page, follow.
"""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as its comment has it. default: None where it must be given, "" where its text says what it is."""

    name: str
    type: str
    text: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Export:
    """A function or thing of the set: its comment in Markdown, its own arguments, the files of those that it shares."""

    name: str
    text: str
    arguments: tuple[Argument, ...]
    shared: tuple[str, ...]


def wired(source: str) -> list[tuple[str, str]]:
    """Return (name, file without `.nix`) of each line of a scope like `binSh = callPackage ./bin-sh.nix { };`."""
    return _WIRED.findall(source)


def comment_of(source: str) -> str:
    """Return the Markdown of the comment that a file begins with, "" where it begins otherwise."""
    found = _COMMENT.match(source)
    return _dedented(found[1]) if found else ""


def arguments(source: str) -> list[Argument]:
    """Return the arguments that a file declares with a comment, in its order."""
    start = len(_COMMENT.match(source)[0]) if comment_of(source) else 0  # type: ignore[index]
    return [_argument(source, comment) for comment in _COMMENT.finditer(source, start)]


def exports(nix: Path) -> list[Export]:
    """Return what the set has a file for, in the order of default.nix."""
    return [_export(nix, name, file) for name, file in wired((nix / "default.nix").read_text())]


def argument_names(nix: Path, export: Export) -> set[str]:
    """Return all names of arguments that the reference gives to a function."""
    own = {argument.name for argument in export.arguments}
    if export.name in SAME:
        [same] = [other for other in exports(nix) if other.name == SAME[export.name]]
        return own | argument_names(nix, same)
    return own | {argument.name for file in export.shared for argument in _internal(nix, file)}


def reference(nix: Path) -> str:
    """Return the text of nix/README.md."""
    functions = exports(nix)
    contents = " ·\n".join(f"[{export.name}](#{export.name.lower()})" for export in functions)
    sections = [_section(export) for export in functions]
    shared = [f"## {title}\n\n{_table(_internal(nix, file))}" for file, title in SECTIONS.items()]
    return "\n".join([_HEAD, f"## Functions\n\n{contents}\n", *sections, *shared])


def _export(nix: Path, name: str, file: str) -> Export:
    source = (nix / f"{file}.nix").read_text()
    asked = set(re.findall(r"[\w'-]+", _COMMENT.sub("", source, count=1).partition("}:")[0]))
    shared = [room for word, rooms in SHARED.items() if word in asked for room in rooms]
    own = [*arguments(source), *(a for room in shared if room not in SECTIONS for a in _internal(nix, room))]
    return Export(name, comment_of(source), tuple(own), tuple(room for room in shared if room in SECTIONS))


def _internal(nix: Path, file: str) -> list[Argument]:
    return arguments((nix / "internal" / f"{file}.nix").read_text())


def _argument(source: str, comment: re.Match[str]) -> Argument:
    declared = _DECLARED.match(source, comment.end())
    if declared is None:
        raise ValueError(f"no argument follows the comment {comment[1].strip()!r}")
    kind, _, text = " ".join(comment[1].split()).partition(": ")
    default = next((given.strip() for given in declared.groups()[1:] if given is not None), None)
    return Argument(declared[1], kind, text, default if default is None or _LITERAL.fullmatch(default) else "")


def _section(export: Export) -> str:
    text = re.sub(r"^# (?=(?:Type|Example)$)", "#### ", export.text, flags=re.MULTILINE)
    parts = [f"### {export.name}\n\n{text}\n"]
    if export.arguments or export.shared or export.name in SAME:
        parts.append("#### Arguments\n")
    if export.arguments:
        parts.append(_table(export.arguments))
    if export.name in SAME:
        those = "And those" if export.arguments else "Those"
        parts.append(f"{those} of [{SAME[export.name]}](#{SAME[export.name].lower()}).\n")
    if export.shared:
        links = " and ".join(f"[{SECTIONS[file].lower()}]({_anchor(SECTIONS[file])})" for file in export.shared)
        parts.append(f"{'And the' if export.arguments else 'The'} {links}.\n")
    return "\n".join(parts)


def _table(rows: Sequence[Argument]) -> str:
    lines = ["| argument | type | default | |", "|---|---|---|---|"]
    for row in rows:
        default = "required" if row.default is None else f"`{row.default}`" if row.default else "see there"
        lines.append(f"| `{row.name}` | {row.type} | {default} | {row.text[:1].upper()}{row.text[1:]} |")
    return "\n".join(lines).replace(" | see there | ", " | | ") + "\n"


def _anchor(title: str) -> str:
    return "#" + title.lower().replace(" ", "-")


def _dedented(comment: str) -> str:
    lines = (line.removeprefix("  ").rstrip() for line in comment.strip("\n").split("\n"))
    return "\n".join(lines).strip()
