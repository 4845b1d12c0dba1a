"""`PYTHON tests/bench/bench_insight.py [ROUNDS]`: inspect, diff and report of a recipe with 1,000 store paths.

As root, with tests/run's Python. Builds the paths once (40 files each, every path refers to three others), in the Nix
store; a second image has a hundred of them anew. Whole processes are timed, their start included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from measure import Command, alternate

from tests.support.nix import nix_environment
from tests.support.recipes import recipe, recipe_file, store_layer

PATHS, FILES, PER_LAYER = 1000, 40, 12
GOALS = {"inspect": 0.3, "diff": 0.5, "report": 2.0}
BUILDER = """
import os, random, sys
seed, files = os.environ["seed"], int(os.environ["files"])
names = os.environ["outputs"].split()
for number, name in enumerate(names):
    place = os.environ[name]
    os.makedirs(place + "/share/doc")
    chance = random.Random(f"{seed} {name}" if number % 10 == 0 else name)
    for file in range(files):
        where = "/share/doc/" if file % 3 else "/share/"
        with open(f"{place}{where}file-{file}", "wb") as out:
            out.write(chance.randbytes(int(chance.paretovariate(0.9) * 300) % 400_000))
    with open(place + "/references", "w") as out:
        for step in (1, 7, 31):
            if number + step < len(names):
                out.write(os.environ[names[number + step]] + "\\n")
"""


def build(seed: str) -> list[str]:
    """Return the store paths, all outputs of one derivation, those that others refer to last."""
    outputs = [f"p{number}" for number in range(PATHS)]
    expression = f"""derivation {{
      name = "part"; system = builtins.currentSystem; builder = "{sys.executable}"; seed = "{seed}";
      files = {FILES}; outputs = [ {" ".join(f'"{name}"' for name in outputs)} ];
      args = [ "-c" {_quoted(BUILDER)} ];
    }}"""
    command = ["nix-build", "--no-out-link", "--option", "sandbox", "false", "-E", expression]
    done = subprocess.run(command, env=nix_environment(), stdout=subprocess.PIPE, check=True, text=True)
    first = done.stdout.split()[0]
    query = ["nix-store", "--query", "--requisites", first]
    return subprocess.run(query, env=nix_environment(), stdout=subprocess.PIPE, check=True, text=True).stdout.split()


def _quoted(text: str) -> str:
    return "''" + text.replace("''", "'''").replace("${", "''${") + "''"


def image(place: Path, paths: Sequence[str]) -> Path:
    """Write the recipe of an image with these store paths; returns its directory."""
    layers = [store_layer(*map(Path, paths[at : at + PER_LAYER])) for at in range(0, len(paths), PER_LAYER)]
    return recipe_file(place, recipe(*layers, config={"Cmd": [f"{paths[-1]}/bin/none"]}))


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory(prefix="nixdock-bench-") as name:
        top = Path(name)
        old, new = (image(top / seed, build(seed)) for seed in ("1", "2"))
        os.environ["PYTHONPYCACHEPREFIX"] = f"{name}/compiled"  # as the hook in the store is
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        nixdock = f"{sys.executable} -m nixdock_hook"
        commands = [
            Command("inspect", f"{nixdock} inspect {old}", name),
            Command("inspect --why", f"{nixdock} inspect {old} --why part", name),
            Command("diff", f"{nixdock} diff {old} {new}", name),
            Command("diff --files", f"{nixdock} diff {old} {new} --files", name),
            Command("report", f"{nixdock} report {old} -o {name}/report.html", name),
            Command("report OTHER", f"{nixdock} report {new} {old} -o {name}/report-2.html", name),
        ]
        alternate(commands, rounds)
        for command in commands:
            goal = f", goal {GOALS[command.name]} s" if command.name in GOALS else ""
            print(f"{command.name:14} {min(command.times):5.2f} s at best, {max(command.times):5.2f} at worst{goal}")
        for page in ("report.html", "report-2.html"):
            print(f"{page:14} {(top / page).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
