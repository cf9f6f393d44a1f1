"""Seconds and peak memory of every step at three sizes, with two peers on the same graph.

    uv run python -m benchmarks.scale [--sizes 10000 100000 1000000] [--steps sqlite snapshot detect leiden]

Each step runs in a process of its own, so its peak memory is its own. The peers: igraph's bare Leiden (CPM, two
iterations) on the recorded links of accounts and resources, which is the least that any such detection must do; and
networkx doing the same job (pairs by shared resource, Louvain) up to 100,000 accounts, where it still ends. Figures
are merged into the results that are there, so one step can be measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import growth, measured
from benchmarks.steps import STEPS

SIZES = (10_000, 100_000, 1_000_000)
NETWORKX_AT_MOST = 100_000
RESULTS = Path(__file__).parent / "results" / "scale.json"

Figures = dict[str, dict[str, Any]]


def measure(step: str, folder: Path, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run one step of `benchmarks.steps` on a world's folder; its own figures with its peak memory in MiB."""
    return measured(["-m", "benchmarks.steps", step, str(folder)], environment)


@contextmanager
def _neo4j(step: str) -> Iterator[dict[str, str]]:
    """The way to an empty server, for the one step that needs it."""
    if step != "neo4j":
        yield {}
        return
    from tests.servers.neo4j_server import running_neo4j

    with running_neo4j() as server:
        yield {"BENCH_URL": server.url, "BENCH_USER": server.user, "BENCH_PASSWORD": server.password}


def measure_size(accounts: int, steps: list[str]) -> Figures:
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "accounts").write_text(str(accounts))
        for step in steps:
            if step == "networkx" and accounts > NETWORKX_AT_MOST:
                continue
            with _neo4j(step) as access:
                figures[step] = measure(step, folder, access)
            print(f"{accounts:>9,} {step:10s} {figures[step]}", flush=True)
    return figures


def summary(by_size: dict[int, Figures]) -> dict[str, Any]:
    sizes = sorted(by_size)
    exponents = {
        step: growth(sizes, [by_size[n][step]["seconds"] for n in sizes])
        for step in by_size[sizes[-1]]
        if len(sizes) > 1 and all(step in by_size[n] for n in sizes[-2:])
    }
    ratios: dict[str, float] = {}
    for n in sizes:
        ours = by_size[n]["detect"]["seconds"]
        ratios[f"detect / igraph Leiden at {n}"] = round(ours / by_size[n]["leiden"]["seconds"], 2)
        if "networkx" in by_size[n]:
            ratios[f"detect / networkx at {n}"] = round(ours / by_size[n]["networkx"]["seconds"], 3)
    return {"growth_exponent": exponents, "ratios": ratios}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--steps", nargs="+", default=list(STEPS), choices=STEPS, help="world and tape come first")
    options = parser.parse_args(arguments)
    report = json.loads(options.out.read_text()) if options.out.exists() else {"sizes": {}}
    for n in options.sizes:
        known = report["sizes"].setdefault(str(n), {})
        known.update(measure_size(n, [step for step in STEPS if step in {"world", "tape", *options.steps}]))
    report |= {
        "command": "python -m benchmarks.scale",
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GiB",
        "python": platform.python_version(),
        **summary({int(n): figures for n, figures in report["sizes"].items()}),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({key: report[key] for key in ("growth_exponent", "ratios")}, indent=2))


if __name__ == "__main__":
    main()
