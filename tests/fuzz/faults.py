"""Signals, full disks and small limits at random moments, for every command; run by hand, ends with the figures.

    PYTHONPATH=. ~/.cache/nixdock/venv/bin/python tests/fuzz/faults.py [--count 200] [--seed 1] [TRIAL …]

As root (a file system of its own for each full disk), with dockerd, docker-registry and skopeo. Exits 1 if anything
is wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.command import COMMAND, command_environment
from tests.support.docker import Docker, docker_daemon
from tests.support.fault_trials import docker_trial, file_trials, image, registry_trials
from tests.support.faults import Trial, interrupted
from tests.support.registry import Registry, registry_server

SIGNALS = (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIMITED = ("archive", "archive-gz", "archive-zstd", "layout", "copy-oci", "copy-archive", "lock-update")
LARGEST = 13  # as a power of two, in kB: more than any of the targets takes
FULL_DISK = 'cp -a "$1" "$1.old" && mount -t tmpfs -o size={}k none "$1" && cp -a "$1.old/." "$1"'
FULL = r"No space left on device in \S*target: |skopeo failed: .*no space left|in \S*tmp: let TMPDIR"
TOO_LARGE = r"File too large in \S*target: |skopeo failed: |File too large in"


def limited(trial: Trial, top: Path, count: int, seed: int) -> tuple[dict[str, int], list[str]]:
    """Run a trial with each kind of limit; returns how often each one made it fail, and what was wrong then."""
    numbers = random.Random(f"{trial.name} {seed}")
    failed, problems = dict.fromkeys(("full disk", "file size", "descriptors"), 0), []
    for turn in range(count):
        size = int(2 ** numbers.uniform(2, LARGEST))
        kinds = {
            "full disk": (FULL_DISK.format(size), FULL),
            "file size": (f"ulimit -S -f {size}", TOO_LARGE),
            "descriptors": (f"ulimit -S -n {turn % 30 + 3}", "."),
        }
        for kind, (limit, error) in kinds.items():
            if kind == "descriptors" and not starts(turn % 30 + 3):
                continue
            has_failed, wrong = trial.confine(top / f"{trial.name}-{turn}", limit, error)
            failed[kind] += has_failed
            problems += [f"{trial.name}: {limit}: {problem}" for problem in wrong]
    return failed, problems


def starts(descriptors: int) -> bool:
    """Whether Python itself starts with so few."""
    script = f"ulimit -S -n {descriptors}; exec {sys.executable} -c 'import argparse, subprocess, socket'"
    return subprocess.run(["bash", "-c", script], capture_output=True, check=False).returncode == 0


def all_trials(stored: Path, registry: Registry, docker: Docker) -> list[Trial]:
    return [*file_trials(stored), *registry_trials(stored, registry), docker_trial(stored, docker)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="signals for each command (default: %(default)s)")
    parser.add_argument("--limits", type=int, default=60, help="limits of each kind (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("only", nargs="*", metavar="TRIAL")
    options = parser.parse_args()
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nixdock-faults-") as name:
        top = Path(name)
        (top / "registry").mkdir()
        with registry_server(top / "registry") as registry, docker_daemon() as docker:
            theirs, stored = image(top, "theirs"), image(top)
            words = ["copy", "-q", str(theirs), f"docker://{registry.host}/theirs:1", "--", "--dest-tls-verify=false"]
            subprocess.run([*COMMAND, *words], env=command_environment(), check=True)
            for trial in all_trials(stored, registry, docker):
                if options.only and trial.name not in options.only:
                    continue
                started = time.monotonic()
                trial.calibrate(top / "calibration")
                found = interrupted(trial, top, options.count, options.seed, SIGNALS)
                failed: dict[str, int] = {}
                if trial.name in LIMITED:
                    failed, more = limited(trial, top, options.limits, options.seed)
                    found += more
                problems += found
                seconds = time.monotonic() - started
                said = ", ".join(f"{kind} {times} times" for kind, times in failed.items()) or "nothing"
                print(f"{trial.name}: {options.count} signals within {trial.seconds:.2f} s; failed by {said};")
                print(f"    {len(found)} problems, in {seconds:.0f} s", *found, sep="\n    ", flush=True)
    print(f"{len(problems)} problems in all")
    sys.exit(1 if problems else 0)


main()
