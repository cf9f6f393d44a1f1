"""Writes a world to a folder: the input contract's tables, day by day, and what is true of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from graph.progress import Progress, silent
from simulator.adversaries.dust import framed_transfers
from simulator.exchange import Cast, DayOfTrading, draw_cast, trading_days
from simulator.parameters import WorldParameters
from simulator.records import truth
from simulator.records.registers import registers
from simulator.records.ring_money import ring_transfers
from simulator.records.sessions import framed_sessions, joined_sessions, ordinary_sessions, stolen_sessions
from simulator.records.transfers import joined_transfers, ordinary_transfers, stolen_transfers
from simulator.records.writer import MarketRecords, write_part, write_whole
from simulator.rings.planned import EPISODE, Episodes

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
    for name, table in registers(cast.population, cast.market, cast.framing, cast.streams):
        write_whole(table, folder, name)
        rows[name] = len(table)
    episodes = [np.zeros(0, EPISODE)]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(Counter[str])
        for today in trading_days(cast, threads):
            rows += writing.result()
            writing = pool.submit(_write_day, cast, today, folder)
            episodes.append(today.episodes)
            progress("simulating days", today.day.number + 1, parameters.days)
        rows += writing.result()
    for name, table in _truth(cast, np.concatenate(episodes)):
        write_whole(table, folder, name)
        rows[name] = len(table)
    world = World(parameters, dict(sorted(rows.items())))
    (folder / MANIFEST).write_text(json.dumps(world.as_dict(), indent=2) + "\n")
    return world


def _write_day(cast: Cast, today: DayOfTrading, folder: Path) -> Counter[str]:
    """Write every table of one day; the rows of each."""
    rows: Counter[str] = Counter()
    for name, table in _tables(cast, today):
        write_part(table, folder, name, today.day.number)
        rows[name] = len(table)
    return rows


def _tables(cast: Cast, today: DayOfTrading) -> Iterator[tuple[str, pl.DataFrame]]:
    records, day, population = MarketRecords(cast.population, cast.market), today.day, cast.population
    yield "orders", records.orders(today.markets)
    yield "trades", records.trades(today.markets)
    yield "liquidations", records.liquidations(today.markets)
    framing = cast.framing.today(day.number, cast.rings, cast.streams)
    ordinary = ordinary_sessions(day, cast.resources, today.active)
    attacks, lured = framed_sessions(day, cast.resources, framing, ordinary)
    stolen = stolen_sessions(day, cast.resources, cast.takeovers, cast.rings.organisers())
    yield "sessions", joined_sessions([lured, attacks, stolen], day.start).table(population)
    transfers = joined_transfers(
        [
            ordinary_transfers(day, cast.resources),
            ring_transfers(day, cast.resources, cast.rings, cast.money),
            stolen_transfers(day, cast.resources, cast.takeovers),
            framed_transfers(day, cast.resources, framing),
        ]
    )
    yield "transfers", transfers.table(population, day.number)


def _truth(cast: Cast, episodes: Episodes) -> Iterator[tuple[str, pl.DataFrame]]:
    yield "truth_members", truth.members_table(cast, episodes)
    yield "truth_episodes", truth.episodes_table(cast.population, cast.market, episodes)
    yield "truth_rings", truth.rings_table(cast.rings, episodes)
    yield "truth_framing", truth.framing_table(cast.population, cast.framing)
