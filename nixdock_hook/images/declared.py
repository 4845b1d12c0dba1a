"""What users declare instead of writing scripts: accounts, directories, files, symlinks and capabilities of a future /.

It goes over what is there already, the base image's files and the user's trees: parents keep their owners and modes,
a base's symlinks are followed as in the container (/bin to usr/bin), accounts are joined with those of its files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from ..errors import InvalidInput
from ..outputs import named_file
from ..store.place import leads_into_store
from ..trees.accounts import FILES, MOST_ACCOUNTS, Accounts
from ..trees.capabilities import XATTR, capability_value
from ..trees.tree import Entry, Owner, Tree, checked_id, checked_mode, entry_of
from .base_store import read_entry
from .declarations import Declared, Item
from .declared_places import Places

_NSSWITCH = b"hosts: files dns\n"  # Without it Go programs and older libcs ask DNS before /etc/hosts.
_ZONE = b"TZif"  # what each file of tzfile(5) begins with
_MODES = {"shadow": 0o640, "gshadow": 0o640}  # the others are for everybody to read


def declared_tree(declared: Declared, there: Tree, directory: str, owner: Owner) -> Tree:
    """Return the entries of what is declared, and of the directories that it is in.

    there: what is below it. directory: where the content of new files is put, absolute. owner: the image's.
    Raises InvalidInput, naming the argument, where a file is in the way, for owners that nobody declared, for a
    capability of what is no program; and as `trees.accounts.Accounts`.
    """
    for user in declared.users:
        if leads_into_store(user.shell) and os.path.isdir(user.shell):  # others are the image's own
            remedy = f"name a program in it, like {user.shell}/bin/bash"
            raise InvalidInput(f"{user.shell} is a directory", f"users.{user.name}.shell", remedy)
    tree = _DeclaredTree(declared, there, directory, owner)
    if declared.users or declared.groups:
        tree.add_accounts()
    for item in declared.directories:
        tree.add_directory(item)
    for item in declared.files:
        tree.add_file(item)
    for item in declared.symlinks:
        tree.add(item, Entry("symlink", 0o777, target=os.fsencode(item.target)))
    for item in declared.capabilities:
        tree.add_capability(item)
    tree.check_user(declared.default_user)
    return tree.places.made


class _DeclaredTree:
    def __init__(self, declared: Declared, there: Tree, directory: str, owner: Owner) -> None:
        self.places = Places(there)
        self._directory, self._owner = directory, owner
        files = {item.path: item for item in declared.files}
        self._found = {name: entry for name in FILES if (entry := self._there(files, f"/etc/{name}")) is not None}
        contents = {name: account_file(name, entry) for name, entry in self._found.items()}
        self._accounts = Accounts(declared.users, declared.groups, contents)

    def _there(self, files: Mapping[str, Item], path: str) -> Entry | None:
        """The file at a path, also one that is declared and not made yet."""
        return self._content(files[path]) if path in files else self.places.file(path)

    def add(self, item: Item, entry: Entry) -> None:
        """Put something that is no directory at its path."""
        self.places.put(item.path, self._owned(item, entry), item.argument)

    def add_directory(self, item: Item) -> None:
        place = self.places.directory(os.fsencode(item.path), item.path, item.argument)
        if item.is_home and self.places.made[place].is_recorded:  # www-data of Debian is at home in /var/www
            return
        self.places.made[place] = self._owned(item, Entry("directory", checked_mode(item.mode, item.argument)))

    def add_file(self, item: Item) -> None:
        entry = self._content(item)
        mode = checked_mode(item.mode, item.argument) if item.mode else 0o755 if entry.mode & 0o111 else 0o644
        self.add(item, replace(entry, mode=mode))

    def add_capability(self, item: Item) -> None:
        """Put a program, wherever it is, at its path as a file with the attribute."""
        entry = self.places.file(item.path)
        if entry is None or not entry.mode & 0o111:
            what = f"{item.path} is {'no program' if entry or self.places.is_there(item.path) else 'missing'}"
            raise InvalidInput(what, item.argument, "name a program of copyToRoot, contents, files or the base")
        if b"".join(read_entry(entry, 2)) == b"#!":
            remedy = "name the program that the script runs: Linux gives capabilities to no script"
            raise InvalidInput(f"{item.path} is a script", item.argument, remedy)
        xattrs = dict(entry.xattrs) | {XATTR: capability_value(item.capability, item.argument)}
        self.add(item, replace(entry, xattrs=tuple(sorted(xattrs.items()))))

    def add_accounts(self) -> None:
        for name, content in self._accounts.files().items():
            before = self._found.get(name)
            mode = before.mode if before and before.is_recorded else _MODES.get(name, 0o644)
            owner = before.owner if before else None
            self.add(Item(f"/etc/{name}", "users"), replace(self._new_file(content), mode=mode, owner=owner))
        if self.places.file("/etc/nsswitch.conf") is None:
            self.add(Item("/etc/nsswitch.conf", "users"), self._new_file(_NSSWITCH))
        if not self._found:
            self.places.made.setdefault(b"root", self.places.entry(b"root") or Entry("directory", 0o700))

    def check_user(self, name: str) -> None:
        """Raise InvalidInput where nobody knows the user (NAME, NAME:GROUP or "") that the image runs as."""
        user, _, group = name.partition(":")
        if name:
            self._ids(user, group or None, "defaultUser")

    def _content(self, item: Item) -> Entry:
        return self._new_file((item.text or "").encode()) if item.source is None else _source(item.source, item)

    def _new_file(self, content: bytes) -> Entry:
        place = os.path.join(self._directory, str(len(os.listdir(self._directory))))
        with named_file(place) as file:
            file.write(content)
        return replace(entry_of(os.fsencode(place)), mode=0o644)

    def _owned(self, item: Item, entry: Entry) -> Entry:
        """The entry with the owner that the user named."""
        if item.user is None and item.group is None:
            return entry
        uid, gid = self._ids(item.user, item.group, item.argument)
        return replace(entry, owner=Owner(uid, gid, *("" if number else "root" for number in (uid, gid))))

    def _ids(self, user: str | int | None, group: str | int | None, where: str) -> tuple[int, int]:
        """Uid and gid of names or ids. A group that was not named is that of a user by name, else the image's."""
        uid, gid = self._owner.uid, self._owner.gid
        if isinstance(user, str) and not user.isdigit():
            uid, gid = self._accounts.ids_of_user(user, where)
        elif user is not None:
            uid = checked_id("user", user)
        if isinstance(group, str) and not group.isdigit():
            gid = self._accounts.id_of_group(group, where)
        elif group is not None:
            gid = checked_id("group", group)
        return uid, gid


def _source(source: str, item: Item) -> Entry:
    is_ours = leads_into_store(source)
    if item.zone and not (is_ours and _is_zone(source)):
        remedy = 'write it as in the list of the time zone database, like "Europe/Berlin"'
        raise InvalidInput(f"there is no time zone {item.zone}", item.argument, remedy)
    if not is_ours:
        remedy = "give the file itself, or a package's: what lies elsewhere is another's on each machine"
        raise InvalidInput(f"{source} leads out of the store", item.argument, remedy)
    if os.path.isdir(source):
        raise InvalidInput(f"{source} is a directory", item.argument, "put a directory into copyToRoot or contents")
    if not os.path.isfile(source):
        raise InvalidInput(f"{source} is no file", item.argument, "correct its path: is it spelt as in its package?")
    return entry_of(os.fsencode(os.path.realpath(source)))


def _is_zone(path: str) -> bool:
    """Tell whether a file is of tzfile(5); beside them the database has tables and directories."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(_ZONE)) == _ZONE


def account_file(name: str, entry: Entry) -> bytes:
    """Return the content of /etc/NAME. Raises InvalidInput for one of more than `MOST_ACCOUNTS` bytes."""
    if entry.size > MOST_ACCOUNTS:
        what = f"/etc/{name} has {entry.size} bytes, of {MOST_ACCOUNTS} that are read"
        raise InvalidInput(what, "the base image or copyToRoot", "take users out of it")
    return b"".join(read_entry(entry))
