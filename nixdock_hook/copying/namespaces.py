"""A socket that listens where another process has its network: an engine's 127.0.0.1 may not be ours.

A rootless engine, and one in a container, have a network namespace of their own (namespaces(7)). Their owner may enter
it, with the user namespace that it belongs to, as `nsenter --user --net` does; whatever joins them to the outside
(slirp4netns, pasta, a bridge) is not asked.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import ctypes

_BACKLOG = 128
_PR_SET_DUMPABLE = 4
_CREDENTIALS = 12  # bytes: struct ucred, of which the first four are the process ID


def peer_of(connection: socket.socket) -> int:
    """Return the process ID of whoever listens at the other end of a Unix socket; 0 where that cannot be seen."""
    option = getattr(socket, "SO_PEERCRED", None)  # Linux has it
    if option is None:
        return 0
    return int.from_bytes(connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS)[:4], "little")


def has_own_network(pid: int) -> bool:
    """Tell whether a process has another network namespace than this one; False where that cannot be seen."""
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino
    except OSError:
        return False


def listen_in(pid: int) -> socket.socket | None:
    """Listen on a free port of 127.0.0.1 in the network namespace of a process; None where we may not enter it.

    Forks: a user namespace can be entered by a process with one thread only, and for good.
    """
    import ctypes  # seldom wanted, and slow to import

    libc = ctypes.CDLL(None)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if not child:
            _send_listening(pid, libc, theirs)
        theirs.close()
        try:
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        finally:
            os.waitpid(child, 0)
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def _send_listening(pid: int, libc: ctypes.CDLL, connection: socket.socket) -> NoReturn:
    """Send a listening socket through a connection, or nothing. Ends the process."""
    try:
        with suppress(OSError):
            libc.prctl(_PR_SET_DUMPABLE, 0)  # who is root in the other namespace does not read our memory
            _enter(pid, libc)
            with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listening:
                socket.send_fds(connection, [b"\0"], [listening.fileno()])
    finally:
        os._exit(0)


def _enter(pid: int, libc: ctypes.CDLL) -> None:
    """Enter a process's network namespace; who may not do it from outside may be its user namespace's owner."""
    with open(f"/proc/{pid}/ns/net", "rb") as net, open(f"/proc/{pid}/ns/user", "rb") as user:
        for namespaces in ((net,), (user, net)):
            if all(libc.setns(namespace.fileno(), 0) == 0 for namespace in namespaces):
                return
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))
