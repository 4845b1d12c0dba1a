"""The user's scripts, run in a future root: plainly, under fakeroot, or with that root as `/`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import InvalidInput, ProgramFailed
from ..layers.recorded import STAT_FORMAT
from ..process import PIPE, run

# $1: the future root. Prints what is below it as fakeroot has it; the build could not set it on the files.
_LIST = f'cd "$1"; exec find . -mindepth 1 -exec stat --printf "{STAT_FORMAT}" {{}} +'

# Runs in a user namespace of its own. $1: the future root, which becomes /, with the store, /dev and /proc in it
# while the command behind it runs.
_CHROOT = """
root=$1; shift
for place in nix/store dev proc; do mount --rbind "/$place" "$root/$place"; done
status=0; chroot "$root" "$@" || status=$?
for place in nix/store dev proc; do umount --lazy "$root/$place"; done
exit $status
"""
_MOUNT_POINTS = ("nix", "nix/store", "dev", "proc")
# As in a stdenv: programs that honour it (useradd, for one) write this date instead of today's.
_DATE = {"SOURCE_DATE_EPOCH": "315532800"}
_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "--"]


@dataclass(frozen=True, slots=True)
class Script:
    """Bash code of the user's.

    argument: what the user called it, for errors. shell: the path of bash. trace: print the commands (`set -x`).
    """

    code: str
    argument: str
    shell: str
    trace: bool = False

    def command(self) -> list[str]:
        """The command line that runs it; it ends at the first command that fails, as in a stdenv."""
        flags = ["-e", "-x"] if self.trace else ["-e"]
        return [self.shell, *flags, "-o", "pipefail", "-c", self.code]


def run_plain(script: Script, root: str) -> None:
    """Run a script as the build user, with the future root as its directory."""
    run(script.command(), what=_what(script), cwd=root, env=os.environ | _DATE)


def run_as_root(script: Script, root: str) -> bytes:
    """Run a script that takes itself for root, with the future root as its directory.

    Returns the listing of what it made, for `layers.recorded.recorded_tree`.
    """
    return _under_fakeroot([], 'cd "$1"; shift; "$@"', script, root)


def run_in_chroot(script: Script, root: str) -> bytes:
    """The same with the future root as `/`. That is a real change of root, so that static programs see it too."""
    _need_user_namespaces()
    with _mount_points(root):
        return _under_fakeroot(_NAMESPACE, _CHROOT, script, root)


def _under_fakeroot(namespace: list[str], runner: str, script: Script, root: str) -> bytes:
    """Run `runner` with the root and the script's command, then list the root, all in one session of fakeroot."""
    # The script's own output must not get into the listing.
    session = f"( {runner} ) >&2\n{_LIST}"
    command = [*namespace, "fakeroot", "--", script.shell, "-e", "-c", session, script.argument, root]
    # One id is mapped in a build's user namespace: chown fails with EINVAL there, which fakeroot does not forgive.
    environment = os.environ | _DATE | {"FAKEROOTDONTTRYCHOWN": "1"}
    return run([*command, *script.command()], what=_what(script), stdout=PIPE, env=environment)


def _need_user_namespaces() -> None:
    try:
        run([*_NAMESPACE, "true"], what="a trial of user namespaces")
    except ProgramFailed as error:
        remedy = (
            "allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
            "user.max_user_namespaces > 0), or leave enableFakechroot false: fakeRootCommands alone needs none"
        )
        raise InvalidInput("this machine forbids user namespaces", "enableFakechroot", remedy) from error


@contextmanager
def _mount_points(root: str) -> Iterator[None]:
    """Have the directories that the chroot mounts on; those that were not there before go away afterwards."""
    made = []
    for place in _MOUNT_POINTS:
        path = os.path.join(root, place)
        if not os.path.isdir(path):
            os.mkdir(path)
            made.append(path)
    try:
        yield
    finally:
        for path in reversed(made):
            if not os.listdir(path):
                os.rmdir(path)


def _what(script: Script) -> str:
    return f"the script `{script.argument}`"
