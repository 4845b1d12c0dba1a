"""File capabilities (capabilities(7)): what a program may do that only root may otherwise, as an extended attribute.

The attribute is security.capability in the form of Linux 2.6.25 (vfs_cap_data, version 2): a word with the version and
the effective bit, then two pairs of words, permitted and inheritable, all little-endian.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from ..errors import InvalidInput, shown

XATTR = "security.capability"

_VERSION, _EFFECTIVE = 0x02000000, 1
_DATA = struct.Struct("<5I")
_CLAUSE = re.compile(r"([a-z_,]*)((?:=[eip]*|[+-][eip]+)+)")
_ACTION = re.compile(r"([=+-])([eip]*)")
_REMEDY = 'write it as setcap takes it, like "cap_net_raw+ep"'

# In the order of their numbers (linux/capability.h).
_WORDS = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct "
    "sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control "
    "setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
)
_NAMES = tuple(f"cap_{word}" for word in _WORDS.split())


def capability_value(text: str, where: object) -> bytes:
    """Return the attribute's value for a text as setcap takes it (cap_from_text(3)).

    The text: clauses, each names with commas between them (`all`, or none before `=`, are all that Linux has) and
    actions on their flags e, i and p: `=` sets these alone, `+` adds, `-` removes.
    Raises InvalidInput, naming `where`, for what is no such text, a name that Linux does not have, and flags that no
    file can have: e counts for all capabilities of a file or for none.
    """
    sets: dict[str, set[int]] = {"e": set(), "i": set(), "p": set()}
    for clause in text.lower().split():
        match = _CLAUSE.fullmatch(clause)
        if match is None or not (match[1] or match[2].startswith("=")):
            raise InvalidInput(f"{shown(text):.200} is no text of capabilities", where, _REMEDY)
        numbers = {number for name in (match[1] or "all").split(",") for number in _numbers(name, where)}
        for action, flags in _ACTION.findall(match[2]):
            for flag, held in sets.items():
                if action == "=" or (action == "-" and flag in flags):
                    held -= numbers
                if action != "-" and flag in flags:
                    held |= numbers
    held = sets["i"] | sets["p"]
    if not held or not sets["e"] <= held:
        raise InvalidInput(f"{shown(text):.200} permits nothing that could be effective", where, _REMEDY)
    if sets["e"] and sets["e"] != held:
        raise InvalidInput(f"{shown(text):.200} has e for some capabilities", where, "give all of them e, or none")
    permitted, inheritable = _bits(sets["p"]), _bits(sets["i"])
    words = (permitted & 0xFFFFFFFF, inheritable & 0xFFFFFFFF, permitted >> 32, inheritable >> 32)
    return _DATA.pack(_VERSION | (_EFFECTIVE if sets["e"] else 0), *words)


def _numbers(name: str, where: object) -> Iterable[int]:
    if name == "all":
        return range(len(_NAMES))
    if name not in _NAMES:
        raise InvalidInput(f"there is no capability {shown(name):.100}", where, "see capabilities(7) for their names")
    return (_NAMES.index(name),)


def _bits(numbers: set[int]) -> int:
    return sum(1 << number for number in numbers)
