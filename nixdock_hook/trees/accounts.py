"""Users and groups of an image: /etc/passwd, group, shadow and gshadow, joined with those that are there already.

Lines that nobody declared stay byte for byte, also those that nobody understands (passwd(5), group(5), shadow(5)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import InvalidInput

FILES = ("passwd", "group", "shadow", "gshadow")
MOST_ACCOUNTS = 4 << 20
"""Bytes of an account file that is there already: one with fifty thousand users has them, an attack has more."""
BUILD_USER = (1000, 100)
"""Uid and gid of who builds, as in Nix's sandbox, which calls both nixbld."""

_PLACE = "the base image or copyToRoot"
_GROUP_FIELDS = 4  # of group and gshadow
_ID = 2  # the number of the field with an account's own id; after it, a user's has the gid
_NO_NAME = b"\n"  # begins the keys of lines that are no accounts
_NO_ACCOUNTS = (b"#", b"+", b"-")  # begin comments, and NIS entries
_ROOT = b"root:x:0:0:root:/root:/bin/sh\n"
_NOBODY = b"nobody:x:65534:65534:nobody:/var/empty:/sbin/nologin\n"
_NOTHING_THERE: Mapping[str, bytes] = {
    "passwd": _ROOT + _NOBODY,
    "group": b"root:x:0:\nnogroup:x:65534:\n",
    "shadow": b"root:!:1::::::\nnobody:!:1::::::\n",
}
"""The files of an image without any. Passwords are locked; the day of their last change is fixed."""
_NOBODYS_ID = 65534
_IN_BUILDS: Mapping[str, bytes] = {
    "passwd": _NOTHING_THERE["passwd"] + b"nixbld:x:%d:%d:Nix build user:/build:/noshell\n" % BUILD_USER,
    "group": _NOTHING_THERE["group"] + b"nixbld:!:%d:\n" % BUILD_USER[1],
}
"""The names that builds have in Nix's sandbox."""


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

    Raises InvalidInput where a name or an id is taken by another, and for groups and members that nobody has declared.
    """

    def __init__(self, users: Iterable[User], groups: Iterable[Group], there: Mapping[str, bytes]) -> None:
        """there: file name (`FILES`) → content, of the files that are there."""
        self._users, self._groups = tuple(users), tuple(groups)
        self._places = {name: f" and {_PLACE}" for name in there}  # where else an account may be from, for errors
        standard = self._standard_files()
        # Passwords are where the image has them: without a shadow file there are none to lock.
        needed = ("passwd", "group") if {"passwd", "group"} & there.keys() else standard
        found = {name: standard[name] for name in needed} | dict(there)
        self._files = {name: _Lines(content) for name, content in found.items()}
        self._add_groups()
        self._add_users()
        self._add_members()

    def files(self) -> dict[str, bytes]:
        """Return the content of each file that the image is to have."""
        return {name: lines.content() for name, lines in sorted(self._files.items())}

    def _standard_files(self) -> dict[str, bytes]:
        """The files of an image without any; nobody and its group give way to others of their names or number."""
        is_taken = any((user.name == "nobody") != (user.uid == _NOBODYS_ID) for user in self._users)
        is_group_taken = any((group.name == "nogroup") != (group.gid == _NOBODYS_ID) for group in self._groups)
        files = {}
        for name, content in _NOTHING_THERE.items():
            root, other = content.splitlines(keepends=True)
            files[name] = root if (is_group_taken if name == "group" else is_taken) else root + other
        return files

    def ids_of_user(self, name: str, where: object) -> tuple[int, int]:
        """Return uid and gid of a user. Raises InvalidInput, naming `where`, for one that nobody knows."""
        fields = self._known("passwd", name, "user", where)
        return _id(fields, _ID), _id(fields, _ID + 1)

    def id_of_group(self, name: str, where: object) -> int:
        """Return the gid of a group. Raises InvalidInput, naming `where`, for one that nobody knows."""
        return _id(self._known("group", name, "group", where), _ID)

    def _known(self, file: str, name: str, kind: str, where: object) -> list[bytes]:
        fields = self._files[file].fields(name.encode())
        if fields is None:
            raise InvalidInput(f"there is no {kind} {name:.100}", where, f"declare it in {kind}s, or correct its name")
        return fields

    def _add_groups(self) -> None:
        for group in self._groups:
            self._check("group", group.name, group.gid, "gid", f"groups.{group.name}")
            self._put_group(group)
        for user in self._users:
            if not self._files["group"].names(user.gid):
                self._check("group", user.name, user.gid, "gid", f"users.{user.name}")
                self._put_group(Group(user.name, user.gid))

    def _put_group(self, group: Group) -> None:
        name = group.name.encode()
        self._files["group"].add(name, b"%b:x:%d:" % (name, group.gid))
        if "gshadow" in self._files:
            self._files["gshadow"].add(name, b"%b:!::" % name)

    def _add_users(self) -> None:
        for user in self._users:
            self._check("passwd", user.name, user.uid, "uid", f"users.{user.name}")
            name = user.name.encode()
            texts = ":".join((user.description, user.home, user.shell)).encode()
            self._files["passwd"].put(name, b"%b:x:%d:%d:%b" % (name, user.uid, user.gid, texts))
            if "shadow" in self._files:
                self._files["shadow"].add(name, b"%b:!:1::::::" % name)

    def _add_members(self) -> None:
        for group in self._groups:
            for member in group.members:
                self._join(member, group.name, f"groups.{group.name}")
        for user in self._users:
            for name in user.groups:
                self._join(user.name, name, f"users.{user.name}")

    def _check(self, file: str, name: str, number: int, word: str, where: str) -> None:
        """Refuse a name that has another id already, and an id that has another name."""
        lines = self._files[file]
        for other in (name.encode(), *lines.names(number)):
            fields = lines.fields(other) or []
            if not fields or (other == name.encode()) == (_id(fields, _ID) == number):
                continue
            there = f"{other.decode(errors='replace')} with {word} {fields[_ID].decode(errors='replace')}"
            what = f"{word} {number} for {name}, where /etc/{file} has {there}"
            where += self._places.get(file, "")
            raise InvalidInput(what, where, f"take that {word} and name together, or others")

    def _join(self, user: str, group: str, where: str) -> None:
        """Add a user to the members of a group."""
        self._known("group", group, "group", where)
        self._known("passwd", user, "user", where)
        for file in ("group", "gshadow"):
            fields = self._files[file].fields(group.encode()) if file in self._files else None
            if fields is None:
                continue
            fields += [b""] * (_GROUP_FIELDS - len(fields))  # glibc reads a group without its last fields, too
            members = [member for member in fields[-1].split(b",") if member]
            if user.encode() not in members:
                fields[-1] = b",".join([*members, user.encode()])
                self._files[file].put(group.encode(), b":".join(fields))


def accounts_in_builds(there: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return passwd and group for a build's programs: what an image has (`there`), and the names of builds it lacks."""
    found = {}
    for name, own in _IN_BUILDS.items():
        lines = _Lines(there.get(name, b""))
        for line in own.splitlines():
            lines.add(line.partition(b":")[0], line)
        found[name] = lines.content()
    return found


class _Lines:
    """The lines of one file, in their order, of which some are accounts: those that begin with a name of their own.

    Comments, NIS entries, lines with too few fields and those of a name that came before are none; all are kept.
    """

    def __init__(self, content: bytes) -> None:
        self._lines: dict[bytes, bytes] = {}
        self._names: dict[int, list[bytes]] = {}
        for number, line in enumerate(content.removesuffix(b"\n").split(b"\n") if content else ()):
            name = line.lstrip(b" \t").partition(b":")[0]
            is_other = name in self._lines or not name or name.startswith(_NO_ACCOUNTS) or line.count(b":") < _ID
            self.put(_NO_NAME + b"%d" % number if is_other else name, line)

    def content(self) -> bytes:
        """Return the file, what is new at its end."""
        return b"".join(line + b"\n" for line in self._lines.values())

    def names(self, number: int) -> list[bytes]:
        """Return the accounts that have an id."""
        return self._names.get(number, [])

    def fields(self, name: bytes) -> list[bytes] | None:
        """Return those of an account, None where there is none of that name."""
        line = self._lines.get(name)
        return None if line is None else _fields(line)

    def add(self, name: bytes, line: bytes) -> None:
        """Add an account where there is none of that name."""
        if name not in self._lines:
            self.put(name, line)

    def put(self, name: bytes, line: bytes) -> None:
        """Add an account, or exchange the line of that name, which has the same id."""
        if name not in self._lines and not name.startswith(_NO_NAME):
            self._names.setdefault(_id(_fields(line), _ID), []).append(name)
        self._lines[name] = line


def _fields(line: bytes) -> list[bytes]:
    return line.rstrip(b"\r").split(b":")  # of files that were written on Windows


def _id(fields: list[bytes], number: int) -> int:
    """An id of a line; -1 where there is none."""
    text = fields[number] if number < len(fields) else b""
    return int(text) if text.isdigit() and len(text) <= 10 else -1
