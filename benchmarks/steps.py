"""The steps that `benchmarks.scale` measures, each in a process of its own: `python -m benchmarks.steps STEP FOLDER`.

A step prints one JSON object with `seconds`, without the time Python takes to start.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import polars as pl

from benchmarks.world import make_world
from graph.ingest.records import ingest_records
from graph.load import load_graph, snapshot_of
from graph.snapshot import Snapshot
from graph.store.opening import open_store
from graph.tape.tape import Tape
from graph.vocabulary import LinkKind
from models.detect import detect
from models.scorecard.matching import match_rings

SHARED = (LinkKind.USED_DEVICE, LinkKind.SEEN_AT_IP, LinkKind.WITHDREW_TO, LinkKind.DEPOSITED_FROM)
WINDOW = 16
MOST_USERS = 200


def world(folder: Path) -> dict[str, Any]:
    made = make_world(int((folder / "accounts").read_text()))
    made.write(folder / "records")
    made.rings.write_parquet(folder / "planted.parquet")
    return {"rows": sum(table.height for table in made.tables.values())}


def tape(folder: Path) -> dict[str, Any]:
    report = ingest_records(folder / "records", Tape(folder / "tape"))
    return {"loaded": sum(table.loaded for table in report.tables.values())}


def sqlite(folder: Path) -> dict[str, Any]:
    store = open_store(str(folder / "graph.db"))
    store.prepare()
    load_graph(Tape(folder / "tape"), store)
    store.close()
    return {"bytes": (folder / "graph.db").stat().st_size}


def neo4j(folder: Path) -> dict[str, Any]:
    """Into a server that was empty; its own memory is not counted."""
    store = open_store(os.environ["BENCH_URL"], user=os.environ["BENCH_USER"], password=os.environ["BENCH_PASSWORD"])
    started = time.perf_counter()
    store.prepare()
    load_graph(Tape(folder / "tape"), store)
    store.close()
    return {"seconds": round(time.perf_counter() - started, 2)}


def snapshot(folder: Path) -> dict[str, Any]:
    """From the store, as a nightly run reads it."""
    store = open_store(str(folder / "graph.db"))
    taken = store.snapshot()
    store.close()
    return {"links": sum(links.height for links in taken.links.values())}


def detection(folder: Path) -> dict[str, Any]:
    """From snapshot to rings; the peak memory includes the snapshot."""
    taken = snapshot_of(Tape(folder / "tape"))
    started = time.perf_counter()
    found = detect(taken)
    seconds = time.perf_counter() - started
    planted = pl.read_parquet(folder / "planted.parquet").with_columns(pl.col("ring").cast(pl.String))
    rings = found.members.select(ring="ring_id", account_id="account_id")
    return {"seconds": round(seconds, 2), "planted": match_rings(rings, planted, 0.5).as_dict()}


def _recorded(taken: Snapshot) -> np.ndarray:
    """Account and resource of every shared link; resources are numbered after the accounts."""
    offset, parts = taken.accounts.height, []
    for kind in SHARED:
        links = taken.links[kind].select("source", "target").unique()
        parts.append(np.column_stack([links["source"].to_numpy(), links["target"].to_numpy() + np.int64(offset)]))
        offset += taken.nodes[kind.target].height
    return np.concatenate(parts).astype(np.int64)


def leiden(folder: Path) -> dict[str, Any]:
    """The peer: igraph builds the graph of recorded links and groups it, and nothing else."""
    edges = _recorded(snapshot_of(Tape(folder / "tape")))
    started = time.perf_counter()
    graph = igraph.Graph(n=int(edges.max()) + 1, edges=edges)
    found = graph.community_leiden(objective_function="CPM", resolution=0.05, n_iterations=2)
    return {"seconds": round(time.perf_counter() - started, 2), "communities": len(found)}


def networkx(folder: Path) -> dict[str, Any]:
    """The same job in networkx: pairs by shared resource, weighted by rarity, grouped by Louvain."""
    edges = _recorded(snapshot_of(Tape(folder / "tape")))
    started = time.perf_counter()
    users: dict[int, list[int]] = defaultdict(list)
    for account, resource in edges.tolist():
        users[resource].append(account)
    graph = nx.Graph()
    for group in users.values():
        if 1 < len(group) <= MOST_USERS:
            group.sort()
            for place, first in enumerate(group):
                for second in group[place + 1 : place + 1 + WINDOW]:
                    before = graph.get_edge_data(first, second, {"weight": 0.0})["weight"]
                    graph.add_edge(first, second, weight=before + 1 / np.log2(len(group)))
    found = nx.community.louvain_communities(graph, seed=0)
    return {"seconds": round(time.perf_counter() - started, 2), "communities": len(found)}


STEPS = {
    "world": world,
    "tape": tape,
    "sqlite": sqlite,
    "neo4j": neo4j,
    "snapshot": snapshot,
    "detect": detection,
    "leiden": leiden,
    "networkx": networkx,
}


def main() -> None:
    step, folder = sys.argv[1], Path(sys.argv[2])
    started = time.perf_counter()
    figures = STEPS[step](folder)
    print(json.dumps({"seconds": round(time.perf_counter() - started, 2), **figures}))


if __name__ == "__main__":
    main()
