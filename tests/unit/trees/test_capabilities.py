"""Capabilities as text, against the attribute that setcap itself writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.trees.capabilities import XATTR, capability_value
from tests.support.tools import need, need_root, output


@pytest.mark.parametrize(
    "text",
    [
        "cap_net_raw+ep",
        "cap_net_raw=ep",
        "cap_net_bind_service,cap_net_raw+ep",
        "cap_chown+p",
        "cap_chown+i",
        "cap_checkpoint_restore,cap_chown+eip",
        "cap_net_raw+p cap_chown+i",
        "CAP_NET_RAW+ep",
        "cap_net_raw=+ep",
        "cap_net_raw+eip-i",
        "all=ep",
        "=p cap_net_raw-p",
        "cap_net_raw,cap_chown+p cap_chown=i",
    ],
)
def test_the_value_is_the_one_that_setcap_writes(tmp_path: Path, text: str) -> None:
    need_root("capabilities of files")
    program = tmp_path / "program"
    program.write_text("")
    output(need("setcap"), text, program)
    assert capability_value(text, "capabilities") == os.getxattr(program, XATTR)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "permits nothing"),
        ("cap_net_raw+e", "permits nothing that could be effective"),
        ("cap_net_raw", "is no text of capabilities"),
        ("cap_net_raw-ep", "permits nothing"),
        ("+ep", "is no text of capabilities"),
        ("cap_net_raw+", "is no text of capabilities"),
        ("cap_net_raw,,cap_chown+ep", "there is no capability ''"),
        ("cap_net_row+ep", "there is no capability 'cap_net_row'"),
        ("net_raw+ep", "there is no capability 'net_raw'"),
        ("cap_net_raw+ep cap_chown+p", "has e for some capabilities"),
    ],
)
def test_what_no_file_can_have_is_an_error(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        capability_value(text, "capabilities")
