"""Log-ins and credential events of one day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.adversaries.framing import Framing
from simulator.flow.trading_day import TradingDay
from simulator.parameters import DAY, MICROSECONDS
from simulator.people.identifiers import Numbers, Resource, device_ids, ip_addresses, resource
from simulator.people.population import Population
from simulator.people.resources import VPN_EXITS, Resources
from simulator.people.strata import Policy
from simulator.people.takeovers import THIEVES, Takeovers

EVENTS = ("login", "2fa_change", "password_reset", "api_key_created")
_EVENT_SHARES = (0.988, 0.004, 0.006, 0.002)
_ACTIVE_LOGS_IN, _MACHINE_LOGS_IN = 0.85, 0.04
_AGAIN = 0.4
_MACHINES = (Policy.MARKET_MAKER, Policy.GRID_BOT, Policy.ARBITRAGE)


@dataclass(frozen=True)
class Sessions:
    """One value per session."""

    account: NDArray[np.int64]
    ts: NDArray[np.int64]
    device: Numbers
    network: Numbers
    event: NDArray[np.int64]
    """Position in `EVENTS`."""

    def table(self, population: Population) -> pl.DataFrame:
        """The `sessions` table of the input contract, by time."""
        return pl.DataFrame(
            {
                "account_id": population.ids.gather(self.account),
                "ts": pl.Series(self.ts).cast(INSTANT),
                "device_id": device_ids(self.device),
                "ip": ip_addresses(self.network),
                "event": pl.Series(EVENTS).gather(self.event),
            }
        ).sort("ts", "account_id", "device_id", "ip", "event")


def ordinary_sessions(day: TradingDay, resources: Resources, active: NDArray[np.bool_]) -> Sessions:
    """Who trades logs in first, mostly; machines and idle people now and then. `active`: (accounts,)."""
    random, population = day.random("sessions"), day.population
    chance = np.where(active, _ACTIVE_LOGS_IN, population.attention)
    chance[np.isin(population.policy, _MACHINES)] = _MACHINE_LOGS_IN
    opened = population.opened < day.start
    times = (random.random(len(population)) < chance) + (random.random(len(population)) < chance * _AGAIN)
    return sessions_of(day, resources, np.repeat(np.arange(len(population)), times * opened), "sessions")


def sessions_of(day: TradingDay, resources: Resources, accounts: NDArray[np.int64], name: str) -> Sessions:
    """One ordinary session of each account named, repeats allowed; `name` names the stream of its randomness."""
    random = day.random("of accounts", name)
    return Sessions(
        account=accounts,
        ts=day.instant(day.awake(accounts, random)),
        device=resources.devices(accounts, day.number, random),
        network=resources.networks(accounts, day.number, random),
        event=random.choice(len(EVENTS), len(accounts), p=_EVENT_SHARES),
    )


def stolen_sessions(
    day: TradingDay, resources: Resources, takeovers: Takeovers, organisers: NDArray[np.int64]
) -> Sessions:
    """A thief's device and VPN, with a new password at first; on later days the device of the ring that rents.

    `organisers`: the first account of each ring.
    """
    random, today = day.random("stolen"), takeovers.today(day.number)
    first = today.first_day == day.number
    device = resource(Resource.OWN_DEVICE, THIEVES + today.thief)
    rented = (today.ring >= 0) & ~first
    if rented.any():
        device[rented] = resources.devices(organisers[today.ring[rented]], day.number, random)
    return Sessions(
        account=today.account,
        ts=day.instant(np.where(first, today.second, random.uniform(0, 80_000, len(today.account)))),
        device=device,
        network=resource(Resource.VPN, random.integers(0, VPN_EXITS, len(today.account))),
        event=np.where(first, EVENTS.index("password_reset"), EVENTS.index("login")),
    )


def framed_sessions(
    day: TradingDay, resources: Resources, framing: Framing, ordinary: Sessions
) -> tuple[Sessions, Sessions]:
    """(sessions of attackers, the ordinary ones after luring): attackers log in with a copy of the victim's device id,
    or from its network; a lured victim's own log-in of that day happens on the attacker's device."""
    random = day.random("framed sessions")
    cloned, spoofed, lured = (framing.by(name) for name in ("cloned_device", "nat_spoofing", "lured_device"))
    own = sessions_of(day, resources, np.concatenate([cloned.attacker, spoofed.attacker]), "framed")
    device, network = own.device.copy(), own.network.copy()
    device[: len(cloned)] = resources.devices(cloned.victim, day.number, random)
    network[len(cloned) :] = resources.networks(spoofed.victim, day.number, random)
    attacks = Sessions(own.account, own.ts, device, network, np.zeros(len(own.account), np.int64))
    return attacks, _lured(day, resources, lured, ordinary)


def joined_sessions(parts: list[Sessions], day_start: int) -> Sessions:
    """All parts as one, inside the day."""
    return Sessions(
        account=np.concatenate([part.account for part in parts]),
        ts=np.clip(np.concatenate([part.ts for part in parts]), day_start, day_start + DAY - MICROSECONDS),
        device=np.concatenate([part.device for part in parts]),
        network=np.concatenate([part.network for part in parts]),
        event=np.concatenate([part.event for part in parts]),
    )


def _lured(day: TradingDay, resources: Resources, lured: Framing, ordinary: Sessions) -> Sessions:
    order = np.argsort(lured.victim)
    victims = lured.victim[order]
    if not len(victims):
        return ordinary
    place = np.minimum(np.searchsorted(victims, ordinary.account), len(victims) - 1)
    hit = np.flatnonzero(victims[place] == ordinary.account)
    bait = resources.devices(lured.attacker[order][place[hit]], day.number, day.random("bait"))
    device = ordinary.device.copy()
    device[hit] = bait
    return Sessions(ordinary.account, ordinary.ts, device, ordinary.network, ordinary.event)
