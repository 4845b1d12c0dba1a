"""Commands timed side by side: every round runs each once, so that a busy machine slows all of them alike."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Command:
    """A shell command line, its run times in seconds, and how much faster than ours (or slower) it should be."""

    name: str
    line: str
    cwd: str
    times: list[float] = field(default_factory=list)

    def run(self) -> None:
        start = time.perf_counter()
        subprocess.run(["sh", "-c", self.line], cwd=self.cwd, check=True, stdout=subprocess.DEVNULL)
        self.times.append(time.perf_counter() - start)


def alternate(commands: list[Command], rounds: int) -> None:
    """Run every command once to warm the page cache, then `rounds` times in turns."""
    for command in commands:
        command.run()
        command.times.clear()
    for _ in range(rounds):
        for command in commands:
            command.run()


def report(title: str, baseline: Command, ours: Command, goal: float) -> None:
    """Print how many times faster ours is: the median of the rounds' ratios, and their range."""
    ratios = sorted(theirs / mine for theirs, mine in zip(baseline.times, ours.times, strict=True))
    verdict = "reached" if median(ratios) >= goal else "MISSED"
    print(
        f"{title:44} {ours.name} {median(ours.times):6.2f} s, {baseline.name} {median(baseline.times):6.2f} s:"
        f" {median(ratios):5.2f}x ({ratios[0]:.2f}-{ratios[-1]:.2f}), goal {goal}: {verdict}"
    )
