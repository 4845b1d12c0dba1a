"""Names, versions and outputs of packages, as the names of store paths tell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from itertools import zip_longest

from ...store.place import name_of, split_name

# What nixpkgs' builders call outputs (multiple-outputs.sh, and those of glibc, gcc, ncurses, systemd …).
_COMPONENT = re.compile(r"[0-9]+|[^0-9.-]+")
_OUTPUT = re.compile(r"-(bin|data|debug|dev|devdoc|doc|getent|info|lib|libgcc|man|modules|out|static|terminfo|tools)$")


@dataclass(frozen=True, slots=True)
class Package:
    """What a store path is, by its name alone. version, output: "" where the name has none (output `out` included)."""

    name: str
    version: str = ""
    output: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@lru_cache(1 << 16)
def package_of(path: str) -> Package:
    """Return the package of /nix/store/HASH-NAME: `openssl-3.0.14-bin` is openssl, 3.0.14, output bin."""
    name, version = split_name(name_of(path))
    output = _OUTPUT.search(version)
    if output:
        return Package(name, version[: output.start()], output[1])
    return Package(name, version)


def _before(left: str, right: str) -> bool:
    """Tell whether one component of a version comes before another one; "" is that of the shorter version."""
    if left.isdigit() and right.isdigit():
        return int(left) < int(right)
    if "pre" in (left, right):
        return left == "pre" != right
    if left == "" or right == "":
        return left == ""
    if left.isdigit() or right.isdigit():
        return right.isdigit()  # 2.3a comes before 2.3.1
    return left < right


def _compare(left: str, right: str) -> int:
    for one, other in zip_longest(_COMPONENT.findall(left), _COMPONENT.findall(right), fillvalue=""):
        if one != other:
            return -1 if _before(one, other) else 1
    return 0


version_key = cmp_to_key(_compare)
"""The key that sorts versions as builtins.compareVersions orders them."""
