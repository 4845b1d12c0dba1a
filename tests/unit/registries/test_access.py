from __future__ import annotations

from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.registries.access import Access

STORED = "/nix/store/00000000000000000000000000000000-auth.json"


def test_credentials_in_the_store_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(STORED)
    for path in (STORED, str(tmp_path / "link")):
        with pytest.raises(InvalidInput, match="authFile is in the Nix store, where every user can read") as caught:
            Access(auth_file=path)
        assert caught.value.where == path


def test_anywhere_else_they_may_be(tmp_path: Path) -> None:
    assert Access(auth_file=str(tmp_path / "auth.json")).auth_file == str(tmp_path / "auth.json")
