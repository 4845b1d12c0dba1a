"""What a user's script sees, and the one thing that it can change: the tree that becomes a layer.

A script runs in a user namespace inside of another. In the outer one (`NAMESPACES`) its view is mounted, read-only but
for the tree and for places that go away with the build; the inner one cannot take that back, because Linux locks the
mounts that a namespace takes over from a more privileged one (mount_namespaces(7)). Nor can it reach what is outside:
no process there may be traced, no signal gets there, no socket of the machine is in sight. What it leaves in the
background ends with it: nothing changes the tree while somebody outside reads it or mounts it for the next script.

A view is one of two:
    the image   the tree is `/`; what Linux has in /dev, /proc and /sys is in there, and /nix/store
    the build   what a build has, with the tree where it is: programs and settings of the machine or of Nix's sandbox,
                /nix/store, an empty /tmp, and an empty directory in the place of the build's own. Who is who there is
                the same on every machine: the accounts of the tree's /etc, and those of builds in Nix's sandbox
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from errno import ENOTDIR
from typing import NoReturn

from ..outputs import named_file
from ..store.place import STORE
from ..trees.accounts import FILES, MOST_ACCOUNTS, accounts_in_builds
from . import mounts

NAMESPACES = (
    *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--ipc", "--uts", "--net"),
    *("--fork", "--kill-child", "--"),
)
"""In front of the command that is to start confined programs."""

MOUNT_POINTS = ("nix", STORE.lstrip("/"), "dev", "proc", "sys")
"""Directories that the tree has to have, where it is `/`."""

_OWN_PROCESSES = ("unshare", "--pid", "--fork", "--kill-child", "--")
_REFUSED = 125  # the exit status where the view cannot be mounted
_HOSTNAME = "localhost"  # as in Nix's sandbox
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    **{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"},
    "ptmx": "pts/ptmx",
}
# Of the machine without Nix's sandbox: no /run, /var, /tmp or home, which have sockets and other people's files.
_PROGRAMS = ("bin", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "usr", "run/binfmt")
# Of /etc: what the C library finds accounts by.
_NAMES = (*FILES, "nsswitch.conf")
_NSSWITCH = b"passwd: files\ngroup: files\nhosts: files dns\n"
_START = "import sys; sys.path[:0] = [sys.argv.pop(1)]; from nixdock_hook.scripts.confinement import start; start()"


@dataclass(frozen=True, slots=True)
class View:
    """What scripts of one tree see, as paths in the step's own namespaces; the directories are there already.

    tree: the future root. place: an empty directory to mount on. scratch: an empty directory for what shall not last.
    is_root: whether the tree is `/`. uid, gid: who the script is. refusal: a file for why this cannot be had.
    """

    tree: str
    place: str
    scratch: str
    refusal: str
    is_root: bool
    uid: int
    gid: int

    def confined(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs `argv` in this view, itself to be run inside of NAMESPACES."""
        package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        python = [sys.executable, "-B", "-I", "-S", "-c", _START]
        return [*_OWN_PROCESSES, *python, package, json.dumps(asdict(self)), *argv]


def start() -> NoReturn:
    """Run the command of `View.confined`: the view and the script's words are this process's arguments."""
    view = View(**json.loads(sys.argv[1]))
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # what is open outside would lead there
    _stay_as_first()
    with open(view.refusal, "w", errors="replace") as refusal:
        try:
            _limit()
            _mount_view(view)
            mounts.unshare(mounts.NEW_USERS | mounts.NEW_MOUNTS | mounts.NEW_HOSTNAME)
            mounts.map_user(view.uid, view.gid)
            mounts.bind(view.place, view.place)  # what was mounted outside is locked, and cannot be a root
            mounts.enter(view.place)
            _leave_behind(view)
            os.execv(sys.argv[2], sys.argv[2:])
        except OSError as error:
            refusal.write(f"{error.strerror}: {error.filename}")
    os._exit(_REFUSED)


def _stay_as_first() -> None:
    """Go on in a child; this process waits for it, and with this one, the first of its namespace, all others end."""
    child = os.fork()
    if not child:
        return
    ended, status = os.wait()
    while ended != child:  # others whose parent has gone
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _limit() -> None:
    """Have a host name and a network of the script's own, and no way to mount the cgroup that the build is in."""
    with suppress(FileNotFoundError), open("/proc/sys/user/max_cgroup_namespaces", "w") as file:
        file.write("0")
    socket.sethostname(_HOSTNAME)
    mounts.start_loopback()


def _mount_view(view: View) -> None:
    mounts.unshare(mounts.NEW_MOUNTS)
    writable = _mount_image(view) if view.is_root else _mount_build(view)
    _mount_devices(_directory(f"{view.place}/dev"))
    if os.path.isdir("/sys"):
        mounts.bind("/sys", _directory(f"{view.place}/sys"))
    try:
        harmless = mounts.NO_SETUID | mounts.NO_DEVICES | mounts.NO_PROGRAMS
        mounts.mount("proc", _directory(f"{view.place}/proc"), harmless)
    except PermissionError:  # as in a container whose own /proc is hidden in part
        mounts.bind("/proc", f"{view.place}/proc")
    mounts.make_read_only(view.place, but={*writable, f"{view.place}/dev", f"{view.place}/dev/pts"})


def _mount_image(view: View) -> set[str]:
    """Mount the tree itself. Returns the places that a script may write to."""
    mounts.bind(view.tree, view.place)
    store = f"{os.path.realpath(view.place)}{STORE}"
    if os.path.realpath(store) != store:  # made by the script before this one
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), f"{STORE} of the image")
    own = os.listdir(f"{view.tree}{STORE}")
    if not own:
        mounts.bind(STORE, store)
        return {view.place}
    mounts.mount("tmpfs", store, options="mode=755")
    for name in set(os.listdir(STORE)).difference(own):
        with suppress(FileNotFoundError):  # Without Nix's sandbox this is all of the store, where names come and go.
            _show(f"{STORE}/{name}", f"{store}/{name}")
    for name in own:
        _show(f"{view.tree}{STORE}/{name}", f"{store}/{name}")
    return {view.place, *(f"{store}/{name}" for name in own)}


def _mount_build(view: View) -> set[str]:
    """Mount what a build sees. Returns the places that a script may write to."""
    mounts.mount("tmpfs", view.place, options="mode=755")
    for name in _PROGRAMS:
        if os.path.lexists(f"/{name}"):
            _show(f"/{name}", f"{view.place}/{name}")
    settings = _directory(f"{view.place}/etc")
    for name in set(os.listdir("/etc")).difference(_NAMES):
        with suppress(FileNotFoundError):
            _show(f"/etc/{name}", f"{settings}/{name}")
    mounts.bind(STORE, _directory(f"{view.place}{STORE}"))
    build = os.path.dirname(view.tree)
    writable = {"/tmp": f"{view.scratch}/tmp", build: f"{view.scratch}/build", view.tree: view.tree}
    for place, source in writable.items():
        mounts.bind(source, _directory(view.place + place))
    there = {name: _content(f"{view.tree}/etc/{name}", view.place) for name in ("passwd", "group")}
    for name, content in {**accounts_in_builds(there), "nsswitch.conf": _NSSWITCH}.items():
        with named_file(f"{settings}/{name}") as file:
            file.write(content)
    return {view.place + place for place in writable}


def _content(path: str, root: str) -> bytes:
    """The first bytes of a file, found with `root` as `/`, so that no symlink leads out of it; none without a file."""
    outside = os.open("/", os.O_RDONLY)
    os.chroot(root)
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read(MOST_ACCOUNTS)
    finally:
        os.fchdir(outside)
        os.chroot(".")
        os.close(outside)


def _mount_devices(place: str) -> None:
    """Mount a /dev with what every program may need: nothing in it leads to a disk or to another user."""
    mounts.mount("tmpfs", place, mounts.NO_SETUID | mounts.NO_PROGRAMS, "mode=755")
    for name in _DEVICES:
        if os.path.exists(f"/dev/{name}"):
            _show(f"/dev/{name}", f"{place}/{name}")
    for name, target in _DEVICE_LINKS.items():
        os.symlink(target, f"{place}/{name}")
    os.chmod(_directory(f"{place}/shm"), 0o1777)
    options = "newinstance,ptmxmode=0666,mode=620"
    mounts.mount("devpts", _directory(f"{place}/pts"), mounts.NO_SETUID | mounts.NO_PROGRAMS, options)


def _show(source: str, place: str) -> None:
    """Have a file, directory or symlink at another place, where nothing is yet."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), place)
        return
    if os.path.isdir(source):
        _directory(place)
    else:
        os.close(os.open(place, os.O_CREAT))
    mounts.bind(source, place)


def _directory(path: str) -> str:
    os.makedirs(path, exist_ok=True)
    return path


def _leave_behind(view: View) -> None:
    """Take no input along that was opened outside, nor variables that name what is not in sight."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    temporary = ("TMPDIR", "TEMPDIR", "TMP", "TEMP") if view.is_root else ()  # without them mktemp takes /tmp
    for name in ("NIX_ATTRS_JSON_FILE", "NIX_ATTRS_SH_FILE", *temporary):
        os.environ.pop(name, None)
    if not view.is_root:
        os.chdir(view.tree)
