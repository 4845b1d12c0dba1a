"""What the steps that run scripts have in common."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.documents.fields import ExactFields
from nixdock_hook.errors import InvalidInput
from nixdock_hook.scripts.root import ScriptedRoot, make_root
from nixdock_hook.trees.tree import Owner

SPEC = {
    **{
        "trees": ["/a"],
        "dirlinks": "link",
        "mtime": None,
        "extraCommands": "true",
        "shell": "/bin/sh",
        "database": None,
    },
    "owner": {"uid": "7", "gid": 0, "uname": "me", "gname": "root"},
}


def taken(**changes: Any) -> ScriptedRoot:
    fields = ExactFields(SPEC | changes)
    root = ScriptedRoot.take(fields)
    fields.check("here")
    return root


def test_what_the_spec_says() -> None:
    owner = Owner(7, 0, "me", "root")
    assert taken() == ScriptedRoot(("/a",), "link", owner, 1, "true", "/bin/sh", None)


def test_a_word_for_dirlinks_that_nobody_knows() -> None:
    with pytest.raises(Exception, match="dirlinks is 'follow', none of conflict, expand, keep, link, unfold"):
        taken(dirlinks="follow")


def test_a_user_that_is_no_number() -> None:
    with pytest.raises(InvalidInput, match="uid = 'me': it is a number"):
        taken(owner=SPEC["owner"] | {"uid": "me"})  # type: ignore[operator]


def test_the_root_is_everybodys_to_read_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    try:
        root = make_root()
        assert root == str(tmp_path / "root")
        assert stat.S_IMODE(os.stat(root).st_mode) == 0o755
    finally:
        os.umask(before)
