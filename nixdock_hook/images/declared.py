"""What users declare instead of writing scripts: accounts, directories, files, symlinks and capabilities of a future /.

It goes over what is there already, the base image's files and the user's trees: parents keep their owners and modes,
a base's symlinks are followed as in the container (/bin to usr/bin), accounts are joined with those of its files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Self

from ..bases.member_names import normalise
from ..documents.fields import ExactFields
from ..errors import InvalidInput
from ..outputs import named_file
from ..store.place import STORE
from ..trees.accounts import FILES, Accounts, Group, User
from ..trees.capabilities import XATTR, capability_value
from ..trees.tree import MOST_LINKS, Entry, Owner, Tree, checked_id, checked_mode, entry_of, parents
from .base_store import read_entry

MOST_ACCOUNTS = 4 << 20
"""Bytes of an account file that is there already: one with fifty thousand users has them, an attack has more."""

_NSSWITCH = b"hosts: files dns\n"  # Without it Go programs and older libcs ask DNS before /etc/hosts.
_MODES = {"shadow": 0o640, "gshadow": 0o640}  # the others are for everybody to read


@dataclass(frozen=True, slots=True)
class Item:
    """One declared file, directory, symlink or capability.

    path: absolute. argument: what the user wrote it in, for errors. mode: octal digits, "" = as it is.
    user, group: name or id, None = the image's owner.
    text, source: the content of a file, one of them None. target: of a symlink. capability: as setcap takes it.
    """

    path: str
    argument: str
    mode: str = ""
    user: str | int | None = None
    group: str | int | None = None
    text: str | None = None
    source: str | None = None
    target: str = ""
    capability: str = ""

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            path=fields.text("path"),
            argument=fields.text("argument"),
            mode=fields.text("mode") if fields.has("mode") else "",
            user=fields.value("user") if fields.has("user") else None,
            group=fields.value("group") if fields.has("group") else None,
            text=fields.optional_text("text") if fields.has("text") else None,
            source=fields.optional_text("source") if fields.has("source") else None,
            target=fields.text("target") if fields.has("target") else "",
            capability=fields.text("capability") if fields.has("capability") else "",
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """All that a user declared, checked by nix/internal/declared-content.nix as far as it does not depend on a base."""

    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    directories: tuple[Item, ...] = ()
    files: tuple[Item, ...] = ()
    symlinks: tuple[Item, ...] = ()
    capabilities: tuple[Item, ...] = ()

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            users=tuple(map(_user, fields.inners("users"))),
            groups=tuple(map(_group, fields.inners("groups"))),
            **{
                kind: tuple(map(Item.take, fields.inners(kind)))
                for kind in ("directories", "files", "symlinks", "capabilities")
            },
        )


def _user(fields: ExactFields) -> User:
    return User(
        name=fields.text("name"),
        uid=fields.converted("uid", lambda given: checked_id("uid", given), 0),
        gid=fields.converted("gid", lambda given: checked_id("gid", given), 0),
        home=fields.text("home"),
        shell=fields.text("shell"),
        description=fields.text("description"),
        groups=fields.texts("groups"),
    )


def _group(fields: ExactFields) -> Group:
    gid = fields.converted("gid", lambda given: checked_id("gid", given), 0)
    return Group(fields.text("name"), gid, fields.texts("members"))


def declared_tree(declared: Declared, there: Tree, directory: str) -> Tree:
    """Return the entries of what is declared, and of the directories that it is in.

    there: what is below it. directory: where the content of new files is put, absolute.
    Raises InvalidInput, naming the argument, where a file is in the way, for owners that nobody declared, for a
    capability of what is no program; and as `trees.accounts.Accounts`.
    """
    tree = _DeclaredTree(there, directory)
    tree.add_accounts(declared)
    for item in declared.directories:
        tree.add_directory(item)
    for item in declared.files:
        tree.add_file(item)
    for item in declared.symlinks:
        tree.add(item, Entry("symlink", 0o777, target=os.fsencode(item.target)))
    for item in declared.capabilities:
        tree.add_capability(item)
    return tree.made


@dataclass(slots=True)
class _DeclaredTree:
    there: Tree
    directory: str
    made: Tree = field(default_factory=dict)
    accounts: Accounts | None = None

    def entry(self, path: bytes) -> Entry | None:
        return self.made.get(path) or self.there.get(path)

    def add(self, item: Item, entry: Entry) -> None:
        """Put something that is no directory at its path."""
        parent, _, name = os.fsencode(item.path).rpartition(b"/")
        place = _join(self._directory(parent, item), name)
        before = self.entry(place)
        if before is not None and before.kind == "directory":
            raise InvalidInput(f"{item.path} is a directory already", item.argument, "declare it at another place")
        self.made[place] = self._owned(item, entry)

    def add_directory(self, item: Item) -> None:
        place = self._directory(os.fsencode(item.path), item)
        self.made[place] = self._owned(item, Entry("directory", checked_mode(item.mode, item.argument)))

    def add_file(self, item: Item) -> None:
        source = item.source
        if source is None:
            entry = self._new_file((item.text or "").encode())
        else:
            if not os.path.isfile(source):
                raise InvalidInput(f"{source} is no file", item.argument, "put a directory into copyToRoot or contents")
            entry = entry_of(os.fsencode(os.path.realpath(source)))
        mode = checked_mode(item.mode, item.argument) if item.mode else 0o755 if entry.mode & 0o111 else 0o644
        self.add(item, replace(entry, mode=mode))

    def add_capability(self, item: Item) -> None:
        """Put a program, wherever it is, at its path as a file with the attribute."""
        entry = self._file(item.path)
        if entry is None or not entry.mode & 0o111:
            what = f"{item.path} is {'no program' if entry else 'missing'}"
            raise InvalidInput(what, item.argument, "name a program of copyToRoot, contents, files or the base")
        if b"".join(read_entry(entry, 2)) == b"#!":
            remedy = "name the program that the script runs: Linux gives capabilities to no script"
            raise InvalidInput(f"{item.path} is a script", item.argument, remedy)
        xattrs = dict(entry.xattrs) | {XATTR: capability_value(item.capability, item.argument)}
        self.add(item, replace(entry, xattrs=tuple(sorted(xattrs.items()))))

    def add_accounts(self, declared: Declared) -> None:
        paths = {name: f"/etc/{name}" for name in FILES}
        found = {name: entry for name, path in paths.items() if (entry := self._file(path)) is not None}
        there = {name: _content(paths[name], entry) for name, entry in found.items()}
        self.accounts = Accounts(declared.users, declared.groups, there)
        if not declared.users and not declared.groups:
            return
        for name, content in self.accounts.files().items():
            before = found.get(name)
            mode = before.mode if before and before.is_recorded else _MODES.get(name, 0o644)
            owner = before.owner if before else None
            self.add(Item(paths[name], "users"), replace(self._new_file(content), mode=mode, owner=owner))
        if self._file("/etc/nsswitch.conf") is None:
            self.add(Item("/etc/nsswitch.conf", "users"), self._new_file(_NSSWITCH))
        if not found:
            self.made.setdefault(b"root", self.entry(b"root") or Entry("directory", 0o700))

    def _new_file(self, content: bytes) -> Entry:
        place = os.path.join(self.directory, str(len(os.listdir(self.directory))))
        with named_file(place) as file:
            file.write(content)
        return replace(entry_of(os.fsencode(place)), mode=0o644)

    def _owned(self, item: Item, entry: Entry) -> Entry:
        """The entry with the owner that the user named; a group that was not named is that of the user."""
        if item.user is None and item.group is None or self.accounts is None:
            return entry
        uid = gid = 0
        if isinstance(item.user, str):
            uid, gid = self.accounts.ids_of_user(item.user, item.argument)
        elif item.user is not None:
            uid = checked_id("user", item.user)
        if isinstance(item.group, str):
            gid = self.accounts.id_of_group(item.group, item.argument)
        elif item.group is not None:
            gid = checked_id("group", item.group)
        return replace(entry, owner=Owner(uid, gid, *("" if number else "root" for number in (uid, gid))))

    def _directory(self, path: bytes, item: Item) -> bytes:
        """Where a directory is in the container; it is made where it is missing, with those that it is in."""
        place = self._resolved(path)
        for above in (*parents(place), *filter(None, [place])):
            entry = self.entry(above)
            if entry is not None and entry.kind == "symlink":  # a tree's, which becomes one
                entry = Entry("directory", 0o755)
            elif entry is not None and entry.kind != "directory":
                what = f"/{os.fsdecode(above)}, which {item.path} is in, is a {entry.kind}"
                raise InvalidInput(what, item.argument, "declare it at another place")
            self.made.setdefault(above, entry or Entry("directory", 0o755))
        return place

    def _resolved(self, path: bytes) -> bytes:
        """A path with the symlinks followed that a container follows, but for those of the user's trees."""
        done, todo, links = b"", _parts(path), 0
        while todo:
            done = _join(done, todo.pop(0))
            entry = self.entry(done)
            if entry is None or entry.kind != "symlink" or (done not in self.made and not entry.is_recorded):
                continue
            links += 1
            if links > MOST_LINKS:
                raise InvalidInput(f"the symlinks of {os.fsdecode(path)} lead in a circle", "the image", "remove one")
            start = b"" if entry.target.startswith(b"/") else done.rpartition(b"/")[0]
            done, todo = b"", _parts(_inside(_join(start, entry.target))) + todo
        return done

    def _file(self, path: str) -> Entry | None:
        """The file that a path leads to, if there is one, also in the store."""
        place = self._resolved(os.fsencode(path))
        for above in (*parents(place), place):
            entry = self.entry(above)
            if entry is not None and entry.kind == "symlink":
                return _file_of_store((entry.origin[0] or entry.target) + place[len(above) :])
        if (entry := self.entry(place)) is None:
            return _file_of_store(b"/" + place)
        return entry if entry.kind == "file" else None


def _file_of_store(path: bytes) -> Entry | None:
    """The file of the store that a path leads to; none where it leads elsewhere on this machine, or nowhere."""
    place = os.path.realpath(path)
    return entry_of(place) if place.startswith(os.fsencode(STORE) + b"/") and os.path.isfile(place) else None


def _content(path: str, entry: Entry) -> bytes:
    if entry.size > MOST_ACCOUNTS:
        what = f"{path} has {entry.size} bytes, of {MOST_ACCOUNTS} that users may be added to"
        raise InvalidInput(what, "the base image or copyToRoot", "add the users there")
    return b"".join(read_entry(entry))


def _parts(path: bytes) -> list[bytes]:
    return [part for part in path.split(b"/") if part]


def _inside(path: bytes) -> bytes:
    """A path without `..`, which above the root is the root."""
    return normalise(os.path.normpath(b"/" + path))


def _join(directory: bytes, name: bytes) -> bytes:
    return directory + b"/" + name if directory else name
