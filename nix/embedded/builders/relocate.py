"""Turn the files of Debian packages into a store path that runs with nothing but its closure.

Contract: ``relocate.py SPEC OUT PATCHELF…``, where OUT is the result, PATCHELF… starts patchelf, and SPEC is JSON:
  source     store path: the files as under /usr          renames   {host path: path in the package}, both absolute
  libraries  store paths to find shared libraries in      inputs    store paths to find interpreters in
  etc        {path in the result: store path of the file}
  links      {path in the result: symlink target}         only      paths in the result to keep, null = all
  replace    {path in the result: {text: other text}}     triplet, loader   the machine's names
Exit 1 and one line on stderr where a shared
library is not found, two packages disagree about a file, or a text to replace is not there.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from elf_paths import patch_all
from failure import Failure
from scripts import fix_shebangs, precompile, replace_texts
from tree import copy_file, copy_tree, keep_only, remove_empty_directories


def relocate(spec: dict[str, Any], out: str, patchelf: Sequence[str]) -> None:
    """Make ``out`` as the module's docstring says."""
    copy_tree(spec["source"], out, spec["renames"], spec["triplet"], [*spec["libraries"], *spec["inputs"]])
    for path, origin in spec["etc"].items():
        copy_file(origin, os.path.join(out, path))
    for path, target in spec["links"].items():
        os.makedirs(os.path.dirname(os.path.join(out, path)), exist_ok=True)
        os.symlink(target, os.path.join(out, path))
    if spec["only"] is not None:
        keep_only(out, spec["only"])
    replace_texts(out, spec["replace"])
    fix_shebangs(out, spec["inputs"])
    patch_all(out, spec["libraries"], spec["loader"], patchelf)
    precompile(out)
    remove_empty_directories(out)


if __name__ == "__main__":
    try:
        relocate(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:])
    except Failure as error:
        sys.exit(f"nixdock: error: {error}")
