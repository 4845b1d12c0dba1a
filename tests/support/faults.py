"""Faults put into commands while they run: signals at random moments, disks and limits that are too small.

Whatever happens, a command has to end soon, say what is wrong in one line, leave its target whole or as it was, and
leave nothing else behind: no temporary file, no process.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import command

# As nix/internal/command.nix starts it: a signal that comes while Python starts waits until it is handled.
COMMAND = ("env", "--block-signal=INT,TERM,HUP", *command.COMMAND)
PATIENCE = 20.0  # seconds until a command that was told to end counts as hanging
_GRACE = 1.0  # seconds that the kernel may take to end a process that was killed
_ERROR = re.compile(rb"nixdock: error: .+\n")


@dataclass
class Place:
    """A directory of one run: `out` is where its target is, `tmp` its $TMPDIR."""

    top: Path

    def __post_init__(self) -> None:
        for path in (self.out, self.tmp):
            path.mkdir(parents=True)

    @property
    def out(self) -> Path:
        return self.top / "out"

    @property
    def tmp(self) -> Path:
        return self.top / "tmp"


@dataclass
class Trial:
    """A command to be disturbed.

    words: the command's, for a place. state: of the target in a place, "" where there is none; compared with the states
    in `whole`, which a run without a fault adds to. prepare: makes what is there beforehand.
    """

    name: str
    words: Callable[[Place], Sequence[str | Path]]
    state: Callable[[Place], str]
    prepare: Callable[[Place], None] = lambda place: None
    allowed: Sequence[str] = ("target",)
    ends_by_itself: bool = True
    program: Sequence[str] = COMMAND
    whole: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def calibrate(self, top: Path) -> None:
        """Run it without a fault, to know how long it takes and what it makes."""
        place = Place(top)
        self.prepare(place)
        self.whole.add(self.state(place))
        started = time.monotonic()
        if self.ends_by_itself:
            done = subprocess.run(self._command(place), env=self._environment(place), capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
            self.whole.add(self.state(place))
        self.seconds = time.monotonic() - started if self.ends_by_itself else 0.6
        shutil.rmtree(top)

    def interrupt(self, top: Path, number: int, delay: float, group: bool) -> list[str]:
        """What is wrong after a signal, so many seconds from its start.

        group: the signal is for the programs that it starts, too, as that of Ctrl-C.
        """
        place = Place(top)
        self.prepare(place)
        program = subprocess.Popen(
            self._command(place),
            env=self._environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            time.sleep(delay)
            (os.killpg if group else os.kill)(program.pid, number)
            _, messages = program.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.communicate()
            return ["it hangs"]
        problems = list(_remains(program.pid))
        if program.returncode not in (0, 128 + number, -number):
            problems.append(f"status {program.returncode}")
        problems += [f"says {messages[-300:]!r}"] if b"Traceback" in messages or b"ignored" in messages else []
        problems += self._left(place)
        shutil.rmtree(top)
        return problems

    def confine(self, top: Path, limit: str, remedy: str) -> tuple[bool, list[str]]:
        """Run it behind a line of shell that limits it; returns whether it failed, and what is wrong then.

        limit: its $1 is the target's directory. remedy: a pattern that the error has to match.
        """
        place = Place(top)
        self.prepare(place)
        # The listing is made where the limit holds: a file system of its own is not seen from outside.
        script = f'{limit}\n"$@"; status=$?; ulimit -S -n 100; ls -A "$0" > "$0.listing"; exit $status'
        script = script.replace("$1", str(place.out)) + "\n"
        limited = ["unshare", "--mount", "bash", "-c", script, str(place.out), *self._command(place)]
        done = subprocess.run(limited, env=self._environment(place), capture_output=True, timeout=120, check=False)
        problems = []
        if done.returncode:
            errors = [line for line in done.stderr.splitlines(True) if not line.startswith(b"nixdock: layer ")]
            text = b"".join(line for line in errors if not re.match(rb"nixdock: (compressing|nothing is known)", line))
            if done.returncode != 1 or not _ERROR.fullmatch(text) or not re.search(remedy.encode(), text):
                problems.append(f"status {done.returncode}, says {done.stderr[-400:]!r}")
        listing = Path(f"{place.out}.listing").read_text().split()
        problems += [f"leaves {name}" for name in listing if name not in self.allowed]
        problems += [f"leaves {name} in $TMPDIR" for name in os.listdir(place.tmp)]
        shutil.rmtree(top)
        return done.returncode != 0, problems

    def _command(self, place: Place) -> list[str]:
        return [*self.program, *map(str, self.words(place))]

    def _environment(self, place: Place) -> dict[str, str]:
        return dict(command.command_environment(TMPDIR=str(place.tmp)))

    def _left(self, place: Place) -> list[str]:
        found = [f"leaves {name}" for name in os.listdir(place.out) if name not in self.allowed]
        found += [f"leaves {name}" for name in os.listdir(place.tmp)]
        if self.state(place) not in self.whole:
            found.append("the target is neither as it was nor whole")
        return found


def interrupted(trial: Trial, top: Path, count: int, seed: int, numbers: Sequence[int]) -> list[str]:
    """Interrupt a trial `count` times; returns what was wrong, each with the moment that showed it."""
    random_numbers = random.Random(f"{trial.name} {seed}")
    problems = []
    for turn in range(count):
        number, group = random_numbers.choice(numbers), random_numbers.random() < 0.5
        delay = random_numbers.uniform(0, 1.05 * trial.seconds)
        for problem in trial.interrupt(top / f"{trial.name}-{turn}", number, delay, group):
            whom = "group" if group else "process"
            problems.append(f"{trial.name}: {signal.Signals(number).name} to the {whom} after {delay:.3f} s: {problem}")
    return problems


def digest_of_tree(path: Path) -> str:
    """A text that is the same for the same files; "" where there is nothing."""
    if path.is_dir():
        return " ".join(f"{file.name} {digest_of_tree(file)}" for file in sorted(path.rglob("*")) if file.is_file())
    if not path.exists():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _remains(session: int) -> Iterable[str]:
    """Processes of a session that still run, once the kernel had the time to end them."""
    deadline = time.monotonic() + _GRACE
    while (running := list(_running(session))) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid, name in running:
        os.kill(pid, signal.SIGKILL)
        yield f"{name} still runs"


def _running(session: int) -> Iterable[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().rpartition(") ")
            except OSError:
                continue
            state, _, _, of_session = rest.split()[:4]
            if int(of_session) == session and state not in "ZX":
                yield int(entry.name), name.partition("(")[2]
