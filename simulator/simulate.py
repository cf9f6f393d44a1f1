"""Writes a world to a folder: the input contract's tables, day by day, and what is true of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.progress import Progress, silent
from simulator.adversaries.dust import Dust, framed_transfers
from simulator.adversaries.framing import ON_MARKET, Framing, attack_number
from simulator.exchange import Cast, DayOfTrading, draw_cast, trading_days
from simulator.flow.intents import NONE
from simulator.parameters import WorldParameters
from simulator.records import truth
from simulator.records.costs import COST, Costs, fees, sent
from simulator.records.registers import registers
from simulator.records.ring_money import ring_transfers
from simulator.records.sessions import Sessions, framed_sessions, joined_sessions, ordinary_sessions, stolen_sessions
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


@dataclass(frozen=True)
class Written:
    """What writing one day leaves behind."""

    rows: Counter[str]
    costs: Costs
    attacks: NDArray[np.int64]
    """`Framing.number` of the attacks that were carried out."""


def simulate(parameters: WorldParameters, folder: Path, *, threads: int = 2, progress: Progress = silent) -> World:
    """Fill an empty folder. Equal parameters give equal bytes, whatever `threads` is.

    Memory is bounded by the busiest day; a day is written while the next is made.
    """
    cast = draw_cast(parameters)
    rows: Counter[str] = Counter()
    for name, table in registers(cast.population, cast.market, cast.framing, cast.streams):
        write_whole(table, folder, name)
        rows[name] = len(table)
    episodes, costs = [np.zeros(0, EPISODE)], [np.zeros(0, COST)]
    attacks = [cast.framing.by("referral_abuse").number]
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(Written, Counter(), costs[0], attacks[0])
        for today in trading_days(cast, threads):
            written = writing.result()
            writing = pool.submit(_write_day, cast, today, folder)
            rows.update(written.rows)
            costs.append(written.costs)
            attacks.append(written.attacks)
            episodes.append(today.episodes)
            progress("simulating days", today.day.number + 1, parameters.days)
        written = writing.result()
    rows.update(written.rows)
    costs.append(written.costs)
    done = np.isin(cast.framing.number, np.concatenate([*attacks, written.attacks]))
    cast = replace(cast, framing=cast.framing.only(done))
    for name, table in _truth(cast, np.concatenate(episodes), np.concatenate(costs)):
        write_whole(table, folder, name)
        rows[name] = len(table)
    world = World(parameters, dict(sorted(rows.items())))
    (folder / MANIFEST).write_text(json.dumps(world.as_dict(), indent=2) + "\n")
    return world


def _write_day(cast: Cast, today: DayOfTrading, folder: Path) -> Written:
    """Write every table of one day."""
    rows: Counter[str] = Counter()
    framing = cast.framing.today(today.day.number, cast.rings, cast.streams)
    dust = framed_transfers(today.day, cast.resources, framing)
    ordinary = ordinary_sessions(today.day, cast.resources, today.active)
    for name, table in _tables(cast, today, ordinary, dust):
        write_part(table, folder, name, today.day.number)
        rows[name] = len(table)
    costs = np.concatenate([fees(today.markets, cast.market), sent(dust)])
    return Written(rows, costs, _carried_out(today, framing, ordinary))


def _carried_out(today: DayOfTrading, framing: Framing, ordinary: Sessions) -> NDArray[np.int64]:
    """Numbers of the attacks that left a row today: who is lured has to log in, who is traded against to trade."""
    lured = framing.by("lured_device")
    quiet = ~np.isin(lured.victim, ordinary.account)
    waiting = [framing.by(name).number for name in (*ON_MARKET, "referral_abuse")]
    plans = np.concatenate([market.events["plan"] for market in today.markets]).astype(np.int64)
    traded = attack_number(np.unique(plans[plans < NONE]))
    return np.concatenate([np.setdiff1d(framing.number, np.concatenate([*waiting, lured.number[quiet]])), traded])


def _tables(cast: Cast, today: DayOfTrading, ordinary: Sessions, dust: Dust) -> Iterator[tuple[str, pl.DataFrame]]:
    records, day, population = MarketRecords(cast.population, cast.market), today.day, cast.population
    yield "orders", records.orders(today.markets)
    yield "trades", records.trades(today.markets)
    yield "liquidations", records.liquidations(today.markets)
    framing = cast.framing.today(day.number, cast.rings, cast.streams)
    attacks, lured = framed_sessions(day, cast.resources, framing, ordinary)
    stolen = stolen_sessions(day, cast.resources, cast.takeovers, cast.rings.organisers())
    yield "sessions", joined_sessions([lured, attacks, stolen], day.start).table(population)
    transfers = joined_transfers(
        [
            ordinary_transfers(day, cast.resources),
            ring_transfers(day, cast.resources, cast.rings, cast.money),
            stolen_transfers(day, cast.resources, cast.takeovers),
            dust.transfers,
        ]
    )
    yield "transfers", transfers.table(population, day.number)


def _truth(cast: Cast, episodes: Episodes, costs: Costs) -> Iterator[tuple[str, pl.DataFrame]]:
    yield "truth_members", truth.members_table(cast, episodes)
    yield "truth_episodes", truth.episodes_table(cast.population, cast.market, episodes)
    yield "truth_rings", truth.rings_table(cast.rings, episodes, costs)
    yield "truth_framing", truth.framing_table(cast, costs)
