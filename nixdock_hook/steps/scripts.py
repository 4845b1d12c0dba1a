"""The user's scripts, run in a future root: plainly, under fakeroot, or with that root as `/`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InvalidInput, ProgramFailed
from ..layers.recorded import STAT_FORMAT
from ..process import PIPE, run

_IN_DIRECTORY = 'cd "$1"; shift; "$@"'

# Runs in namespaces of its own. $1: the future root, which becomes / for the command behind it, with the kernel's file
# systems and the store in it; where the root has store paths already, those that it lacks are added one by one.
_IN_CHROOT = """
root=$1; shift
unset TMPDIR TEMPDIR TMP TEMP # the build's own directory, which is not in there: mktemp takes /tmp
mounted=() made=()
bind() { mount --rbind "/$1" "$root/$1"; mounted+=("$1"); }
add() {
  if [ -e "$root/$1" ] || [ -L "$root/$1" ]; then return; fi
  made+=("$1")
  if [ -L "/$1" ]; then cp -P "/$1" "$root/$1"
  elif [ -d "/$1" ]; then mkdir "$root/$1"; bind "$1"
  else touch "$root/$1"; bind "$1"; fi
}
bind dev
mount -t proc proc "$root/proc" 2> /dev/null || mount --rbind /proc "$root/proc"
mounted+=(proc)
if [ -d /sys ]; then bind sys; fi
if [ -z "$(ls -A "$root/nix/store")" ]; then
  bind nix/store
  # Without a sandbox that is the machine's own store. Where flags of the mount are locked, Nix protects it.
  mount -o remount,bind,ro "$root/nix/store" 2> /dev/null || true
else for path in /nix/store/*; do add "${path#/}"; done; fi
status=0; chroot "$root" "$@" || status=$?
for place in "${mounted[@]}"; do umount --lazy "$root/$place"; done
for place in "${made[@]}"; do rm --dir --force "$root/$place"; done
for place in @made@; do rmdir --ignore-fail-on-non-empty "$root/$place"; done
exit $status
"""
_MOUNT_POINTS = ("nix", "nix/store", "dev", "proc", "sys")
# Linux takes no argument of 128 KiB or more (MAX_ARG_STRLEN), so that longer code comes in several.
_PART = 30_000  # characters, of at most 4 bytes
_JOINED = 'IFS=; code=$*; unset IFS; set --; eval "$code"'
# As in a stdenv: programs that honour it (useradd, for one) write this date instead of today's.
_DATE = {"SOURCE_DATE_EPOCH": "315532800"}
_NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--"]


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
        bash = [self.shell, *(["-e", "-x"] if self.trace else ["-e"]), "-o", "pipefail", "-c"]
        parts = [self.code[start : start + _PART] for start in range(0, len(self.code), _PART)]
        return [*bash, self.code] if len(parts) <= 1 else [*bash, _JOINED, self.shell, *parts]


def run_plain(script: Script, root: str) -> None:
    """Run a script as the build user, with the future root as its directory."""
    run(script.command(), what=_what(script.argument), cwd=root, env=os.environ | _DATE)


def run_under_fakeroot(script: Script, root: str) -> bytes:
    """Run a script that takes itself for root, with the future root as its directory.

    Returns the listing of what is there then, for `layers.recorded.recorded_tree`.
    """
    return _session([], [(_IN_DIRECTORY, script)], root)


def run_in_chroot(script: Script, root: str, record: str = "", afterwards: Sequence[Script] = ()) -> bytes:
    """The same with the future root as `/`. That is a real change of root, so that static programs see it too.

    record: a file with what fakeroot shall know of the root beforehand (`layers.recorded.write_record`).
    afterwards: scripts to run then, in the root as their directory.
    """
    _need_user_namespaces(script.argument)
    made = _make_mount_points(root)
    # Mount points that were not there before go away again, unless the script left something in them.
    runner = _IN_CHROOT.replace("@made@", shlex.join(made))
    scripts = [(runner, script), *((_IN_DIRECTORY, other) for other in afterwards)]
    return _session(_NAMESPACES, scripts, root, record)


def _session(namespaces: list[str], scripts: Sequence[tuple[str, Script]], root: str, record: str = "") -> bytes:
    """Run scripts and list the root, in one session of fakeroot: what it knows of the files ends with it."""
    current = root + ".script"
    # A script's own output must not get into the listing.
    lines = [
        f"echo {script.argument} > {shlex.quote(current)}\n"
        f"( set -- {shlex.join([root, *script.command()])}\n{runner} ) >&2"
        for runner, script in scripts
    ]
    listing = f'cd {shlex.quote(root)}; exec find . -mindepth 1 -exec stat --printf "{STAT_FORMAT}" {{}} +'
    loaded = ["-i", record] if record else []
    session = root + ".session"
    with open(session, "wb") as file:
        file.write(os.fsencode("\n".join([*lines, listing])))
    command = [*namespaces, "fakeroot", *loaded, "--", scripts[0][1].shell, "-e", session]
    # One id is mapped in a build's user namespace: chown fails with EINVAL there, which fakeroot does not forgive.
    environment = os.environ | _DATE | {"FAKEROOTDONTTRYCHOWN": "1"}
    try:
        return run(command, what="fakeroot", stdout=PIPE, env=environment)
    except ProgramFailed as error:
        if not os.path.exists(current):  # No script was started.
            raise
        with open(current) as file:
            what = _what(file.read().strip())
        raise ProgramFailed(error.what.replace("fakeroot", what, 1), error.where, error.remedy) from error


def _need_user_namespaces(argument: str) -> None:
    try:
        run([*_NAMESPACES, "true"], what="a trial of user namespaces")
    except ProgramFailed as error:
        remedy = (
            "allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
            "user.max_user_namespaces > 0), or use a layered image's fakeRootCommands without enableFakechroot"
        )
        raise InvalidInput("this machine forbids user namespaces", argument, remedy) from error


def _make_mount_points(root: str) -> list[str]:
    """Have the directories that the chroot mounts on; returns those that were not there, the inner ones first."""
    missing = [place for place in _MOUNT_POINTS if not os.path.isdir(os.path.join(root, place))]
    for place in missing:
        os.mkdir(os.path.join(root, place))
    return missing[::-1]


def _what(argument: str) -> str:
    return f"the script `{argument}`"
