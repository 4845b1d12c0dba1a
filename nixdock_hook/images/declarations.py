"""What users declare of a future /, as nix/internal/declared-content.nix writes it for the step `declared-tree`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ..documents.fields import ExactFields
from ..trees.accounts import Group, User
from ..trees.tree import checked_id


@dataclass(frozen=True, slots=True)
class Item:
    """One declared file, directory, symlink or capability.

    path: absolute. argument: what the user wrote it in, for errors. mode: octal digits, "" = as it is.
    user, group: name or id, None = the image's owner. is_home: a directory that stays as it is where a base has it.
    text, source: the content of a file, one of them None. zone: the name of the time zone that the source has to be.
    target: of a symlink. capability: as setcap takes it.
    """

    path: str
    argument: str
    mode: str = ""
    user: str | int | None = None
    group: str | int | None = None
    text: str | None = None
    source: str | None = None
    zone: str = ""
    target: str = ""
    capability: str = ""
    is_home: bool = False

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
            zone=fields.text("zone") if fields.has("zone") else "",
            target=fields.text("target") if fields.has("target") else "",
            capability=fields.text("capability") if fields.has("capability") else "",
            is_home=fields.flag("isHome") if fields.has("isHome") else False,
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """All that a user declared, checked by nix/internal/declared-content.nix as far as it does not depend on a base.

    default_user: NAME or NAME:GROUP that files below have to know, "" where there is nothing to look for.
    """

    default_user: str = ""
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    directories: tuple[Item, ...] = ()
    files: tuple[Item, ...] = ()
    symlinks: tuple[Item, ...] = ()
    capabilities: tuple[Item, ...] = ()

    @classmethod
    def take(cls, fields: ExactFields) -> Self:
        return cls(
            default_user=fields.text("defaultUser"),
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
