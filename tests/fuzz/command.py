"""The command line of the fuzzer: which targets, for how long, and the figures at the end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import SystemRandom

from .databases import DATABASES
from .documents import DOCUMENTS
from .engine import Target, fuzz, made
from .images import IMAGES
from .servers import SERVERS

TARGETS: dict[str, Target] = {target.name: target for target in (*IMAGES, *DOCUMENTS, *DATABASES, *SERVERS)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/fuzz/run", description="Give nixdock wrong input; exit 1 if it fails.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same inputs (default: another each time)")
    parser.add_argument("--input", type=int, metavar="NUMBER", help="only this input of one target, as it was reported")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="write inputs that failed below it")
    options = parser.parse_args()
    unknown = set(options.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    sys.exit(run(options))


def run(options: argparse.Namespace) -> int:
    """Run the targets one after the other; returns the exit status."""
    seed = SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    chosen = [TARGETS[name] for name in options.targets or TARGETS]
    print(f"seed {seed}", flush=True)
    executions = failures = 0
    for target in chosen:
        only = None if options.input is None else 1
        figures = fuzz(target, seed, options.seconds / len(chosen), options.input or 0, only)
        print(figures.line(target.name), flush=True)
        executions, failures = executions + figures.executions, failures + len(figures.failures)
        for what, number in figures.failures.items():
            print(f"  input {number} of {target.name}: {what}", flush=True)
            if options.keep:
                _keep(target, seed, number, options.keep)
        if options.input is not None:
            print(*(f"  {outcome}" for outcome in figures.outcomes), sep="\n")
    print(f"{executions} executions, {failures} failures, seed {seed}")
    return 1 if failures or not executions else 0


def _keep(target: Target, seed: int, number: int, top: Path) -> None:
    for name, content in made(target, seed, number).items():
        place = top / target.name / f"{seed}-{number}" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
