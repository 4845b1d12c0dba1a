"""`python3 tests/bench/bench_plan.py [MOST…]`: MB that an update makes to be pulled again, by who planned the layers.

The yardstick with graphs of real programs is used where it lies beside the repository (../shared/layering); otherwise
the tests' own updates of a small web server. MOST: the most layers; the default is 100 50 25. Each cell: by content, as
registries and containerd keep layers / with all layers above, as docker's classic store pulls them / seconds of a plan.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nixdock_hook.store.closure import PathInfo  # noqa: E402
from tests.support.other_planners import auto, ours, popularity  # noqa: E402
from tests.support.updates import Planner, replay  # noqa: E402

YARDSTICK = ROOT.parent / "shared/layering"
PLANNERS = {"popularity": popularity, "auto": auto, "nixdock": ours}
SEEDS = (1, 2)
MB = 1_000_000

Cost: TypeAlias = tuple[float, float, float, float]
"""MB by content, in docker's chain, of the changed paths alone; seconds of a plan."""


def closure(graph: dict[str, Any]) -> dict[str, PathInfo]:
    return {path: PathInfo(path, tuple(node["refs"]), None, node["size"]) for path, node in graph.items()}


def on_yardstick(run: Callable[..., Cost], graph: dict[str, Any], planner: Planner, most: int, seed: int) -> Cost:
    return run(graph, lambda given, k: [list(layer) for layer in planner(closure(given), k)], most, 40, seed)


def on_own_updates(graph: dict[str, Any], planner: Planner, most: int, seed: int) -> Cost:
    spent: list[float] = []

    def timed(given: Any, layers: int) -> list[tuple[str, ...]]:
        start = time.process_time()
        planned = planner(given, layers)
        spent.append(time.process_time() - start)
        return planned

    cost = replay(closure(graph), timed, most, seed=seed)
    return cost.content / MB, cost.chain / MB, cost.least / MB, sum(spent) / len(spent)


def measures() -> tuple[dict[str, Any], Callable[[dict[str, Any], Planner, int, int], Cost]]:
    """The graphs, and what replays updates of one."""
    if YARDSTICK.is_dir():
        sys.path.insert(0, str(YARDSTICK))
        run = import_module("sim").run
        graphs = json.loads((YARDSTICK / "graphs-shared.json").read_text())
        return graphs, lambda *of: on_yardstick(run, *of)
    return {"web": json.loads((ROOT / "tests/support/web_closure.json").read_text())}, on_own_updates


def rows(most: Iterable[int]) -> Iterator[dict[str, Cost]]:
    """Print a line for each graph and number of layers; yield its costs by planner."""
    graphs, measured = measures()
    for name, graph in graphs.items():
        for layers in most:
            costs = {}
            for planner in PLANNERS:
                runs = [measured(graph, PLANNERS[planner], layers, seed) for seed in SEEDS]
                costs[planner] = tuple(sum(values) / len(SEEDS) for values in zip(*runs, strict=True))
            cells = "  ".join(f"{of} {c[0]:7.1f} /{c[1]:7.1f} /{c[3]:6.3f} s" for of, c in costs.items())
            print(
                f"{name:6} {len(graph):4} paths, {layers:3} layers: least {costs['auto'][2]:6.1f}  {cells}", flush=True
            )
            yield costs


def mean(ratios: list[float]) -> float:
    return prod(ratios) ** (1 / len(ratios))


def main(most: list[int]) -> None:
    found = list(rows(most or [100, 50, 25]))
    for planner in PLANNERS:
        beyond, autos = (sum(row[of][0] - row[of][2] for row in found) for of in (planner, "auto"))
        by_content, chain = ([row[planner][n] / row["auto"][n] for row in found] for n in (0, 1))
        print(
            f"{planner:10} of auto: by content {mean(by_content):.2f} (worst {max(by_content):.2f}), beyond the changed"
            f" paths {beyond / autos:.2f}; chain {mean(chain):.2f} (worst {max(chain):.2f})"
        )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
