"""The user's scripts, run in a future root: plainly, under fakeroot, or with that root as `/`."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InvalidInput, NixdockError, ProgramFailed
from ..process import run
from ..trees.accounts import BUILD_USER
from ..trees.fakeroot import LIST_XATTRS, STAT_FORMAT
from .confinement import MOUNT_POINTS, NAMESPACES, View
from .failure import outside_the_tree

# Linux takes no argument of 128 KiB or more (MAX_ARG_STRLEN), so that longer code comes in several.
_PART = 30_000  # characters, of at most 4 bytes
_JOINED = 'IFS=; code=$*; unset IFS; set --; eval "$code"'
# The step's tools are found behind those of the stdenv, which sets PATH anew.
_IN_STDENV = 'export stdenv={}; tools=$PATH; source "$stdenv/setup"; PATH="$PATH:$tools"; unset tools; '
# As in a stdenv: programs that honour it (useradd, for one) write this date instead of today's.
_DATE = {"SOURCE_DATE_EPOCH": "315532800"}
# Who finds no room in /tmp makes it. Older dockerTools had none there, so that a plain mkdir has to succeed.
_MAKES_TMP = re.compile(r"\b(mkdir|install)\b[^\n;&|]*(?<!var/)\btmp\b")
# fakeroot preloads its library by its file name alone: a script that sets LD_LIBRARY_PATH would lose it.
_WHOLE_PRELOAD = """for place in ${LD_LIBRARY_PATH//:/ }; do
  [ ! -e "$place/$LD_PRELOAD" ] || { export LD_PRELOAD="$place/$LD_PRELOAD"; break; }
done"""
# What tidies up runs outside of the view: what a script made a symlink of may lead anywhere.
_UNUSED_TMP = "[ ! -d tmp ] || [ $(stat -c %a-%u-%g tmp) != 1777-0-0 ] || rmdir --ignore-fail-on-non-empty tmp\n"
# As GNU tar, and so dockerTools, leaves them out: servers that a script ran forget theirs.
_REMOVE_SOCKETS = (
    "find . -type s -printf 'nixdock: warning: a socket is left out, no image can hold one: /%P\\n' -delete >&2 || :"
)
_IN_DIRECTORY = "if [ -d {0} ] && [ ! -L {0} ]; then\n{1}fi\n"
_MOST_EXPLAINED = 8192  # bytes at the end of a script's output in which the reason of its failure is looked for
_ALLOW = (
    "allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
    "user.max_user_namespaces > 0; in docker --security-opt seccomp=unconfined and systempaths=unconfined)"
)


@dataclass(frozen=True, slots=True)
class Script:
    """Bash code of the user's.

    argument: what the user called it, for errors. shell: the path of bash. trace: print the commands (`set -x`).
    stdenv: nixpkgs' stdenv, which gives it functions and shell options (`pipefail`, `nullglob`); "" = none of them.
    """

    code: str
    argument: str
    shell: str
    trace: bool = False
    stdenv: str = ""

    def command(self) -> list[str]:
        """The command line that runs it; it ends at the first command that fails."""
        # In one line, so that bash numbers the user's lines as the user does.
        set_up = _IN_STDENV.format(shlex.quote(self.stdenv)) if self.stdenv else ""
        code = set_up + ("set -x; " if self.trace else "") + self.code
        parts = [code[start : start + _PART] for start in range(0, len(code), _PART)]
        bash = [self.shell, "-e", "-c"]
        return [*bash, code] if len(parts) <= 1 else [*bash, _JOINED, self.shell, *parts]


def run_plain(script: Script, root: str) -> None:
    """Run a script as the build user, with the future root as its directory."""
    _session([script], root, is_root=False)


def run_under_fakeroot(script: Script, root: str, record: str = "") -> bytes:
    """Run a script that takes itself for root, with the future root as its directory.

    record: a file with what fakeroot shall know of the root beforehand (`trees.fakeroot.write_record`).
    Returns the listing of what is there then, for `trees.fakeroot.recorded_tree`.
    """
    return _session([script], root, is_root=False, fakeroot=_fakeroot(record))


def run_in_chroot(scripts: Sequence[Script], root: str, record: str = "", keep_tmp: bool = False) -> bytes:
    """The same for scripts, one after the other, with the future root as `/`.

    A /tmp that is not there is made, unless a script makes it. keep_tmp: whether it stays where no script changed it.
    """
    makes_tmp = any(_MAKES_TMP.search(script.code) for script in scripts)
    tidy_up = _make_mount_points(root)
    if not makes_tmp and not os.path.lexists(f"{root}/tmp"):
        os.mkdir(f"{root}/tmp")
        os.chmod(f"{root}/tmp", 0o1777)
        tidy_up += "" if keep_tmp else _UNUSED_TMP
    return _session(scripts, root, is_root=True, fakeroot=_fakeroot(record), tidy_up=tidy_up)


def _fakeroot(record: str) -> list[str]:
    return ["fakeroot", *(["-i", record] if record else []), "--"]


def _session(
    scripts: Sequence[Script], root: str, *, is_root: bool, fakeroot: Sequence[str] = (), tidy_up: str = ""
) -> bytes:
    """Run scripts and list the root, in one session of fakeroot: what it knows of the files ends with it.

    tidy_up: bash code to run between them and the listing, in the root.
    """
    _need_user_namespaces(scripts[0].argument)
    view, current, listing = _view(root, is_root), f"{root}.script", f"{root}.listing"
    lines = [
        f"echo {script.argument} > {shlex.quote(current)}\n{shlex.join(view.confined(script.command()))} >&2"
        for script in scripts
    ]
    lines += [f"cd {shlex.quote(root)}", _REMOVE_SOCKETS]
    if fakeroot:
        find = f'find . -mindepth 1 -exec stat --printf "{STAT_FORMAT}" {{}} + > {shlex.quote(listing)}'
        xattrs = f"{shlex.join([sys.executable, '-ISc', LIST_XATTRS])} >> {shlex.quote(listing)}"
        lines = [_WHOLE_PRELOAD, *lines, tidy_up, find, xattrs]
    with open(f"{root}.session", "wb") as file:
        file.write(os.fsencode("\n".join(lines)))
    # One id is mapped in a build's user namespace: chown fails with EINVAL there, which fakeroot does not forgive.
    environment = os.environ | _DATE | {"FAKEROOTDONTTRYCHOWN": "1"}
    command = [*NAMESPACES, *fakeroot, scripts[0].shell, "-e", f"{root}.session"]
    output = _Output()
    try:
        run(command, what="fakeroot", env=environment, messages=output)
    except ProgramFailed as error:
        raise _explained(error, view, current, output.end) from error
    if not fakeroot:
        return b""
    with open(listing, "rb") as file:
        return file.read()


def _view(root: str, is_root: bool) -> View:
    """The view of scripts, with the directories that it needs."""
    place, scratch = f"{root}.view", f"{root}.scratch"
    for directory in (place, scratch, f"{scratch}/tmp", f"{scratch}/build"):
        os.makedirs(directory, exist_ok=True)
    os.chmod(f"{scratch}/tmp", 0o1777)
    uid, gid = (0, 0) if is_root else BUILD_USER
    return View(root, place, scratch, f"{root}.refusal", is_root, uid, gid)


class _Output:
    """What scripts print goes on at once to the builder's messages; `end` is the last of it."""

    def __init__(self) -> None:
        self.end = b""

    def __call__(self, chunk: bytes) -> None:
        sys.stderr.buffer.write(chunk)
        sys.stderr.buffer.flush()
        self.end = (self.end + chunk)[-_MOST_EXPLAINED:]


def _explained(error: ProgramFailed, view: View, current: str, output: bytes) -> NixdockError:
    """The error for a session that failed: which script it was, and why, where that can be told."""
    argument = _text(current)
    if not argument:  # No script was started.
        return error
    if refusal := _text(view.refusal):
        return InvalidInput(f"this machine does not let scripts be confined ({refusal})", argument, _ALLOW)
    ending = error.what.replace("fakeroot", f"the script `{argument}`", 1)
    if reason := outside_the_tree(output.decode(errors="replace"), view):
        return ProgramFailed(f"{ending}: it {reason.what}", "", reason.remedy)
    return ProgramFailed(ending, error.where, error.remedy)


def _text(path: str) -> str:
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read().strip()


def _need_user_namespaces(argument: str) -> None:
    try:
        run([*NAMESPACES, "true"], what="a trial of user namespaces")
    except ProgramFailed as error:
        raise InvalidInput("this machine forbids user namespaces", argument, _ALLOW) from error


def _make_mount_points(root: str) -> str:
    """Have the directories that are mounted on. Returns bash code that puts back what was there, unless one is used.

    A symlink of that name is not followed: what an image brings may lead anywhere.
    """
    undo = ""
    for place in MOUNT_POINTS:
        path, aside = f"{root}/{place}", f"{root}.aside-{os.path.basename(place)}"
        if os.path.isdir(path) and not os.path.islink(path):
            continue
        remove, restore = f"rmdir --ignore-fail-on-non-empty {place}\n", ""
        if os.path.lexists(path):
            os.rename(path, aside)
            restore = f"[ -e {place} ] || [ -L {place} ] || mv -T {shlex.quote(aside)} {place}\n"
        os.mkdir(path)
        above = os.path.dirname(place) or "."
        undo = _IN_DIRECTORY.format(above, f"{_IN_DIRECTORY.format(place, remove)}{restore}") + undo
    return undo
