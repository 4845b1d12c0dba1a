"""Users and groups of an image: /etc/passwd, group, shadow and gshadow, joined with those that are there already.

Lines that nobody declared stay byte for byte, also those that nobody understands (passwd(5), group(5), shadow(5)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import InvalidInput

FILES = ("passwd", "group", "shadow", "gshadow")

_PLACE = "the base image or copyToRoot"
_ROOT = b"root:x:0:0:root:/root:/bin/sh\n"
_NOBODY = b"nobody:x:65534:65534:nobody:/var/empty:/sbin/nologin\n"
_NOTHING_THERE: Mapping[str, bytes] = {
    "passwd": _ROOT + _NOBODY,
    "group": b"root:x:0:\nnogroup:x:65534:\n",
    "shadow": b"root:!:1::::::\nnobody:!:1::::::\n",
}
"""The files of an image without any. Passwords are locked; the day of their last change is fixed."""


@dataclass(frozen=True, slots=True)
class User:
    """groups: names of further groups that the user is a member of."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    description: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """members: names of users."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


class Accounts:
    """The users and groups of an image: declared ones, over those that its files already have.

    Raises InvalidInput where a name or an id is taken by another, and for a group that nobody has declared.
    """

    def __init__(self, users: Iterable[User], groups: Iterable[Group], there: Mapping[str, bytes]) -> None:
        """there: file name (`FILES`) → content, of the files that are there."""
        self._users, self._groups = tuple(users), tuple(groups)
        found = there if {"passwd", "group"} & there.keys() else {**_NOTHING_THERE, **there}
        self._lines = {name: _lines(content) for name, content in found.items()}
        self._lines.setdefault("passwd", {})
        self._lines.setdefault("group", {})
        self._add_groups()
        self._add_users()

    def files(self) -> dict[str, bytes]:
        """Return the content of each file that the image is to have."""
        return {name: b"".join(line + b"\n" for line in lines.values()) for name, lines in sorted(self._lines.items())}

    def ids_of_user(self, name: str, where: object) -> tuple[int, int]:
        """Return uid and gid of a user. Raises InvalidInput, naming `where`, for one that nobody knows."""
        fields = self._known("passwd", name, "user", where)
        return _id(fields, 2), _id(fields, 3)

    def id_of_group(self, name: str, where: object) -> int:
        """Return the gid of a group. Raises InvalidInput, naming `where`, for one that nobody knows."""
        return _id(self._known("group", name, "group", where), 2)

    def _known(self, file: str, name: str, kind: str, where: object) -> list[bytes]:
        line = self._lines[file].get(name.encode())
        if line is None:
            raise InvalidInput(f"there is no {kind} {name}", where, f"declare it in {kind}s, or correct its name")
        return line.split(b":")

    def _add_groups(self) -> None:
        for group in self._groups:
            where = f"groups.{group.name}"
            self._check("group", group.name, group.gid, "gid", where)
            self._put_group(group)
            for member in group.members:
                self._join(member, group.name, where)
        known = {_id(line.split(b":"), 2) for line in self._lines["group"].values()}
        for user in self._users:
            if user.gid not in known:
                self._check("group", user.name, user.gid, "gid", f"users.{user.name}")
                self._put_group(Group(user.name, user.gid))
                known.add(user.gid)

    def _put_group(self, group: Group) -> None:
        name = group.name.encode()
        self._lines["group"].setdefault(name, b"%b:x:%d:" % (name, group.gid))
        if "gshadow" in self._lines:
            self._lines["gshadow"].setdefault(name, b"%b:!::" % name)

    def _add_users(self) -> None:
        for user in self._users:
            where = f"users.{user.name}"
            self._check("passwd", user.name, user.uid, "uid", where)
            name = user.name.encode()
            texts = ":".join((user.description, user.home, user.shell)).encode()
            self._lines["passwd"][name] = b"%b:x:%d:%d:%b" % (name, user.uid, user.gid, texts)
            if "shadow" in self._lines:
                self._lines["shadow"].setdefault(name, b"%b:!:1::::::" % name)
            for group in user.groups:
                self._join(user.name, group, where)

    def _check(self, file: str, name: str, number: int, word: str, where: str) -> None:
        """Refuse a name that has another id already, and an id that has another name."""
        for other, line in self._lines[file].items():
            fields = line.split(b":")
            if (other == name.encode()) == (_id(fields, 2) == number) or len(fields) < 3:
                continue
            there = f"{other.decode(errors='replace')} with {word} {fields[2].decode(errors='replace')}"
            what = f"{word} {number} for {name}, where /etc/{file} has {there}"
            raise InvalidInput(what, f"{where} and {_PLACE}", f"take that {word} and name together, or others")

    def _join(self, user: str, group: str, where: str) -> None:
        """Add a user to the members of a group."""
        self._known("group", group, "group", where)
        for file in ("group", "gshadow"):
            line = self._lines.get(file, {}).get(group.encode())
            if line is None:
                continue
            head, _, members = line.rpartition(b":")
            names = [member for member in members.split(b",") if member]
            if user.encode() not in names:
                self._lines[file][group.encode()] = head + b":" + b",".join([*names, user.encode()])


def _lines(content: bytes) -> dict[bytes, bytes]:
    """The lines by the name that they begin with; of several with one name, a comment or nothing all are kept."""
    lines: dict[bytes, bytes] = {}
    for number, line in enumerate(content.removesuffix(b"\n").split(b"\n")):
        name = line.partition(b":")[0]
        is_other = name in lines or not name or name.startswith(b"#") or b":" not in line
        lines[b"\n%d" % number if is_other else name] = line
    return lines


def _id(fields: list[bytes], number: int) -> int:
    """An id of a line; -1 where there is none."""
    text = fields[number] if number < len(fields) else b""
    return int(text) if text.isdigit() and len(text) <= 10 else -1
