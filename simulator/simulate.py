"""Writes a world to a folder: the input contract's tables, day by day, and what is true of them."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graph.progress import Progress, silent
from simulator.exchange import draw_cast, trading_days
from simulator.parameters import WorldParameters
from simulator.records.registers import registers
from simulator.records.writer import write_whole
from simulator.rings.planned import EPISODE

MANIFEST = "world.json"


@dataclass(frozen=True)
class World:
    """What a finished simulation wrote: its parameters and the rows of every table."""

    parameters: WorldParameters
    rows: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {"parameters": asdict(self.parameters), "rows": self.rows}


def simulate(parameters: WorldParameters, folder: Path, *, threads: int = 2, progress: Progress = silent) -> World:
    """Fill an empty folder. Equal parameters give equal bytes, whatever `threads` is.

    Memory is bounded by the busiest day; a day is written while the next is made.
    """
    cast = draw_cast(parameters)
    rows: Counter[str] = Counter()
    for name, table in registers(cast):
        write_whole(table, folder, name)
        rows[name] = len(table)
    episodes, writing = [np.zeros(0, EPISODE)], None
    with ThreadPoolExecutor(1) as pool:
        for day in trading_days(cast, threads):
            _finish(writing, rows)
            writing = pool.submit(_write_day, cast, day, folder)
            episodes.append(day.episodes)
            progress("simulating days", day.number + 1, parameters.days)
        _finish(writing, rows)
    for name, table in _truth(cast, np.concatenate(episodes)):
        write_whole(table, folder, name)
        rows[name] = len(table)
    world = World(parameters, dict(sorted(rows.items())))
    (folder / MANIFEST).write_text(json.dumps(world.as_dict(), indent=2) + "\n")
    return world
