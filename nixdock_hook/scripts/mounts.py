"""Linux' calls for namespaces and mounts, which Python has no functions for (unshare(2), mount(2), pivot_root(2)).

All raise OSError, with the path that it is about.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import socket
import struct
from collections.abc import Container
from contextlib import suppress
from errno import EPERM

NEW_USERS, NEW_MOUNTS, NEW_HOSTNAME = 0x10000000, 0x00020000, 0x04000000  # unshare(2)

READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8  # mount(2), statvfs(3)
_REMOUNT, _BIND, _RECURSIVE = 32, 4096, 16384
_DETACH = 2  # umount2(2)

# Its number in the table that all newer architectures share, and in those of the older ones; libc has no function.
_PIVOT_ROOT = {"x86_64": 155, "i686": 217, "armv7l": 218, "ppc64le": 203, "s390x": 217}.get(os.uname().machine, 41)

_SET_INTERFACE_FLAGS, _INTERFACE_UP = 0x8914, 1  # netdevice(7)

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(namespaces: int) -> None:
    """Move this process into new namespaces."""
    _check(_libc.unshare(namespaces), "namespaces")


def map_user(uid: int, gid: int) -> None:
    """Be this user and group in the user namespace that was just made; they stand for root of the one around it."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} 0 1"), ("gid_map", f"{gid} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(kind: str, place: str, flags: int = 0, options: str = "") -> None:
    """Mount a new file system, of tmpfs, proc or devpts."""
    _mount(kind, place, kind, flags, options)


def bind(source: str, place: str) -> None:
    """Show a file or directory at another place, with all that is mounted below it."""
    _mount(source, place, "", _BIND | _RECURSIVE)


def make_read_only(top: str, but: Container[str] = ()) -> None:
    """Make all mounts at and below `top` read-only, each by itself: a new enough mount(8) does it in one call.

    but: mount points that stay as they are.
    """
    places = [place for place in _mount_points() if f"{place}/".startswith(f"{top}/") and place not in but]
    for place in places:
        with suppress(OSError):  # of what is hidden below another mount; the rest is found below
            kept = os.statvfs(place).f_flag & (NO_SETUID | NO_DEVICES | NO_PROGRAMS)
            _mount("", place, "", _REMOUNT | _BIND | READ_ONLY | kept)
    for place in filter(_is_writable, places):
        raise PermissionError(EPERM, "cannot be made read-only", place)


def _is_writable(place: str) -> bool:
    try:
        return not os.statvfs(place).f_flag & READ_ONLY
    except OSError:
        return False  # nobody gets there


def enter(root: str) -> None:
    """Make a mount point the root of this mount namespace; what was there before is gone."""
    os.chdir(root)
    _check(_libc.syscall(_PIVOT_ROOT, b".", b"."), root)
    # pivot_root(2): the old root is now mounted over the new one, so that "." leads to it.
    _check(_libc.umount2(b".", _DETACH), root)
    os.chdir("/")


def start_loopback() -> None:
    """Have 127.0.0.1 work in a network namespace that was just made."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, struct.pack("16sh22x", b"lo", _INTERFACE_UP))


def _mount(source: str, place: str, kind: str, flags: int, options: str = "") -> None:
    words = (os.fsencode(word) or None for word in (source, place, kind))
    _check(_libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(options) or None), place)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _mount_points() -> list[str]:
    """The mount points of this mount namespace (proc(5)); white space in them is written as octal numbers."""
    with open("/proc/self/mountinfo", errors="surrogateescape") as file:
        fields = [line.split(" ")[4] for line in file]
    return [re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field) for field in fields]
