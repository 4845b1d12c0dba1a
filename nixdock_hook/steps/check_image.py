"""Step `check-image`: a test of an image on its root file system, in the sandbox and without a daemon.

Output: an empty file, where the image is as expected. Else the error has all that it is not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Self

from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..images.hardened import violations
from ..images.recipe import read_recipe
from ..images.root_file_system import root_file_system
from ..images.structure import Expected, differences
from ..layers.members import layer_members
from ..outputs import named_file
from ..scripts.root import SEARCH_PATH, make_root, without_our_store_paths
from ..scripts.runner import Script, run_in_chroot
from ..trees.fakeroot import write_record
from ..trees.tree import Tree
from ..trees.unpack import unpack
from .attributes import Graphs

_MOST_SHOWN = 20
"""Problems in one error: an image with a shell may have hundreds of them."""

_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_KEPT = {"BASHOPTS", "BASH_VERSINFO", "EUID", "IFS", "LD_PRELOAD", "PPID", "SHELLOPTS", "UID"}


@dataclass(frozen=True, slots=True)
class Command:
    """code: of bash. prints: what its output has to contain, "" = anything."""

    code: str
    prints: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(fields.text("code"), fields.text("prints"))


@dataclass(frozen=True, slots=True)
class Spec:
    """hardened: whether to check that, see `images.hardened`. shell: the path of bash, which runs the commands."""

    recipe: str
    hardened: bool
    files: tuple[Expected, ...]
    commands: tuple[Command, ...]
    shell: str

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            recipe=fields.text("recipe"),
            hardened=fields.flag("hardened"),
            files=tuple(map(Expected.take, fields.inners("files"))),
            commands=tuple(map(Command.take, fields.inners("commands"))),
            shell=fields.text("shell"),
        )


def run(spec: Spec, graphs: Graphs, out: str) -> None:
    recipe = read_recipe(spec.recipe)
    with layer_members() as members:
        tree = root_file_system(recipe.layers, members)
        problems = [*differences(tree, spec.files), *(violations(tree, recipe.config) if spec.hardened else ())]
        if problems:
            more = f"; and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
            what = "; ".join(islice(problems, _MOST_SHOWN)) + more
            raise InvalidInput(what, f"the image {recipe.name}", "correct the image, or the test")
        if spec.commands:
            _run_commands(spec, tree, recipe.config.get("Env") or [])
    with named_file(out):
        pass


def _run_commands(spec: Spec, tree: Tree, variables: Sequence[str]) -> None:
    root = make_root()
    present = without_our_store_paths(tree)
    unpack(present, root, least_mode=0o600)
    write_record(present, root, f"{root}.record")
    code = f"PATH={SEARCH_PATH}\n" + _environment(variables) + _code(spec.commands)
    run_in_chroot([Script(code, "commands", spec.shell)], root, f"{root}.record")


def _environment(variables: Sequence[str]) -> str:
    """Bash code that sets the variables of an image, but for those that bash or fakeroot keeps for itself."""
    split = (variable.partition("=") for variable in variables)
    usable = [(name, value) for name, _, value in split if _VARIABLE.fullmatch(name) and name not in _KEPT]
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in usable)


def _code(commands: Sequence[Command]) -> str:
    """Bash code that runs the commands, and says which one failed or printed something else."""
    lines = []
    for command in commands:
        failed = shlex.quote(f"this command failed: {command.code}")
        lines.append(f"output=$({command.code}\n) || {{ status=$?; echo {failed}; exit $status; }}\n")
        lines.append('printf "%s\\n" "$output"\n')
        if command.prints:
            other = shlex.quote(f"this command did not print {command.prints!r}: {command.code}")
            lines.append(f"[[ $output == *{shlex.quote(command.prints)}* ]] || {{ echo {other}; exit 1; }}\n")
    return "".join(lines)
