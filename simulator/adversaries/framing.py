"""Framing: how ring members try to make innocents look guilty. No attack adds an event that its victim authored.

Attacks draw from streams of their own, so that a world with and without them is otherwise the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from simulator.flow.intents import Action, Anchor, Intents, intents
from simulator.parameters import DAY, FIRST_INSTANT, MICROSECONDS, WorldParameters
from simulator.people.population import Population
from simulator.people.strata import Policy, stratum_code
from simulator.randomness import Streams
from simulator.rings.draw import Rings

ON_RECORDS = (
    "dust_deposit",
    "dust_withdrawal",
    "internal_transfer",
    "cloned_device",
    "lured_device",
    "nat_spoofing",
    "referral_abuse",
)
"""Attacks by transfers, log-ins and referral codes."""
ON_MARKET = ("hammering", "shadow_trading", "anticipation")
"""Attacks by orders: hitting a victim's resting orders, trading what it trades just after it, or just before it."""
ATTACKS = (*ON_RECORDS, *ON_MARKET)
NATURAL_LEG_SHARE = 0.5
"""Victims that already look like a member in one respect."""
_DAILY = 0.6
"""Chance of an attack on a day of the ring's life."""
_HITS_PER_DAY = 4


@dataclass(frozen=True)
class Framing:
    """One value per victim, in order of accounts."""

    victim: NDArray[np.int64]
    attack: NDArray[np.int64]
    """Position in `ATTACKS`."""
    attacker: NDArray[np.int64]
    ring: NDArray[np.int64]
    number: NDArray[np.int64]
    """Names the attack on this victim in what it costs."""
    since: NDArray[np.int64]
    """First day on which both have an account."""

    def __len__(self) -> int:
        return len(self.victim)

    def today(self, day: int, rings: Rings, streams: Streams) -> Framing:
        """The attacks that are carried out on one day."""
        alive = (rings.start[self.ring] <= day) & (day < rings.end[self.ring]) & (self.since <= day)
        return self.only(alive & (streams.of("framing", day).random(len(self)) < _DAILY))

    def by(self, attack: str) -> Framing:
        """The victims of one attack."""
        return self.only(self.attack == ATTACKS.index(attack))

    def only(self, kept: NDArray[np.bool_]) -> Framing:
        """Those of `kept`, (victims,)."""
        return Framing(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})


def draw_framing(parameters: WorldParameters, streams: Streams, population: Population, rings: Rings) -> Framing:
    """Choose victims, half of them with a natural leg, and a ring member against each."""
    random, n = streams.of("framing"), len(population)
    wanted = round(parameters.framed_share * n) if parameters.framing and len(rings) else 0
    innocent = np.ones(n, bool)
    innocent[rings.account] = False
    natural = _natural_leg(population)
    looked = _spread(natural, innocent, round(wanted * NATURAL_LEG_SHARE), random)
    innocent[looked] = False
    others = np.flatnonzero(innocent & (natural < 0))
    victim = np.sort(np.concatenate([looked, random.permutation(others)[: wanted - len(looked)]]))
    member = random.integers(0, max(len(rings.account), 1), len(victim))
    attacker = rings.account[member].astype(np.int64)
    both = np.maximum(population.opened[victim], population.opened[attacker])
    drawn = Framing(
        victim=victim,
        attack=_suited(population.policy[victim], parameters.framing, random),
        attacker=attacker,
        ring=rings.ring[member].astype(np.int64),
        number=np.arange(len(victim)),
        since=np.maximum((both - FIRST_INSTANT) // DAY + 1, 0),
    )
    instead = ATTACKS.index("dust_deposit") if "dust_deposit" in parameters.framing else drawn.attack
    return replace(drawn, attack=np.where(_possible(drawn, population), drawn.attack, instead))


def _possible(drawn: Framing, population: Population) -> NDArray[np.bool_]:
    """A referral code is given once, when an account is opened: a younger attacker, each against one victim."""
    referral = drawn.attack == ATTACKS.index("referral_abuse")
    younger = population.opened[drawn.victim] < population.opened[drawn.attacker]
    first = np.zeros(len(drawn), bool)
    candidates = np.flatnonzero(referral & younger)
    first[candidates[np.unique(drawn.attacker[candidates], return_index=True)[1]]] = True
    return np.asarray(~referral | first)


def framed_orders(day_start: int, flow: Intents, framing: Framing, random: np.random.Generator) -> Intents:
    """The attackers' orders of one day against what their victims mean to place; links are rows of `flow`, `plan` is
    `attack_plan` of the attack."""
    end = day_start + DAY
    parts = []
    for attack, lead in (("hammering", (0.2, 2.0)), ("shadow_trading", (0.5, 3.0)), ("anticipation", (-10.0, -2.0))):
        attacked = framing.by(attack)
        rows, place = _orders_of(flow, attacked, random)
        if attack == "hammering":
            rests = (flow["action"][rows] == Action.LIMIT) & (flow["lifetime"][rows] > 4 * MICROSECONDS)
            rows, place = rows[rests], place[rests]
        ts = flow["ts"][rows] + (random.uniform(*lead, len(rows)) * MICROSECONDS).astype(np.int64)
        today = (ts >= day_start) & (ts < end - 61 * MICROSECONDS)
        rows, place, ts = rows[today], place[today], ts[today]
        made = _attacks(flow, rows, ts, hits=attack == "hammering")
        made["account"], made["plan"] = attacked.attacker[place], attack_plan(attacked.number[place])
        parts.append(made)
        if attack == "anticipation":
            close = made.copy()
            close["ts"] += (random.uniform(20, 60, len(close)) * MICROSECONDS).astype(np.int64)
            close["side"] = -close["side"]
            parts.append(close)
    return np.concatenate(parts)


def attack_plan(number: NDArray[np.int64]) -> NDArray[np.int64]:
    """How an order names the attack that it is part of; planted acts are 0 and more, ordinary orders -1."""
    return -2 - number


def attack_number(plan: NDArray[np.int64]) -> NDArray[np.int64]:
    """The inverse of `attack_plan`."""
    return -2 - plan


def _attacks(flow: Intents, rows: NDArray[np.int64], ts: NDArray[np.int64], *, hits: bool) -> Intents:
    return intents(
        len(rows),
        ts=ts,
        symbol=flow["symbol"][rows],
        side=-flow["side"][rows] if hits else flow["side"][rows],
        action=Action.LIMIT if hits else Action.MARKET,
        anchor=Anchor.LINK if hits else Anchor.FAIR,
        quantity=flow["quantity"][rows],
        lifetime=0,
        link=rows if hits else -1,
    )


def _orders_of(
    flow: Intents, framing: Framing, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Up to four orders of each victim, chosen at random: (rows of the flow, places in `framing`)."""
    order = np.argsort(framing.victim)
    victims = framing.victim[order]
    rows = random.permutation(np.flatnonzero(np.isin(flow["account"], victims) & (flow["action"] <= Action.MARKET)))
    account = flow["account"][rows]
    ranked = np.argsort(account, kind="stable")
    rows, account = rows[ranked], account[ranked]
    place = np.arange(len(rows)) - np.searchsorted(account, account)
    rows = np.sort(rows[place < _HITS_PER_DAY])
    return rows, order[np.searchsorted(victims, flow["account"][rows])] if len(rows) else order[:0]


def _natural_leg(population: Population) -> NDArray[np.int64]:
    """Which natural leg an account has, if any: market maker, arbitrage, splitter, family, copy follower; -1: none."""
    natural = np.full(len(population), -1)
    natural[population.stratum == stratum_code("family")] = 3
    for number, policy in enumerate((Policy.MARKET_MAKER, Policy.ARBITRAGE, Policy.SPLITTER)):
        natural[population.policy == policy] = number
    natural[population.policy == Policy.COPY_FOLLOWER] = 4
    return natural


def _spread(
    natural: NDArray[np.int64], innocent: NDArray[np.bool_], wanted: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Accounts with a natural leg, as evenly over the five kinds as there are any."""
    candidates = random.permutation(np.flatnonzero(innocent & (natural >= 0)))
    kind = natural[candidates]
    ranked = np.argsort(kind, kind="stable")
    place = np.empty(len(candidates), np.int64)
    place[ranked] = np.arange(len(candidates)) - np.searchsorted(kind[ranked], kind[ranked])
    return candidates[np.argsort(place, kind="stable")][:wanted]


def _suited(policy: NDArray[np.uint8], attacks: tuple[str, ...], random: np.random.Generator) -> NDArray[np.int64]:
    """An attack per victim out of those allowed; attacks on orders go to those who place the orders they need."""
    records = np.array([ATTACKS.index(attack) for attack in attacks if attack in ON_RECORDS], np.int64)
    chosen = random.choice(records, len(policy)) if len(records) else np.full(len(policy), -1)
    busy = np.isin(policy, [Policy.MARKET_MAKER, Policy.DAY_TRADER, Policy.ARBITRAGE, Policy.SPLITTER, Policy.MOMENTUM])
    lot = random.random(len(policy))
    for attack, suits in (
        ("shadow_trading", busy & (lot < 0.3)),
        ("hammering", busy & (policy != Policy.ARBITRAGE) & (lot > 0.6)),
        ("anticipation", policy == Policy.SCHEDULED),
    ):
        if attack in attacks:
            chosen[suits] = ATTACKS.index(attack)
    return chosen
