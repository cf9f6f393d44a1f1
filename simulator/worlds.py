"""Named worlds, and worlds drawn at random for training and certifying.

A preset says what a world is for; its size may be overridden. `random` draws every population-wide habit anew from the
seed (domain randomisation), so that what is learned on many such worlds does not hang on one set of habits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from graph.errors import SettingsError
from simulator.adversaries.framing import ATTACKS
from simulator.parameters import WorldParameters
from simulator.randomness import Streams

RING_SHARE = 0.005
WARM_UP_SHARE = 1 / 3
_LARGEST_SEED = 2**63


@dataclass(frozen=True)
class Preset:
    purpose: str
    accounts: int
    days: int
    ring_share: float = RING_SHARE
    warm_up_share: float = WARM_UP_SHARE


PRESETS = {
    "demo": Preset(
        "small and with four times as many in rings, to look at", 2_000, 30, ring_share=0.02, warm_up_share=0.2
    ),
    "base": Preset("the world that figures are about", 30_000, 60),
    "innocent": Preset("nobody is in a ring", 30_000, 60, ring_share=0.0),
    "framed": Preset("the base world, in which ring members try to make innocents look guilty", 30_000, 60),
    "evasive": Preset("rings that share nothing, hide among genuine trades and take turns", 30_000, 60),
    "blind": Preset("rings planned by somebody who knows only the data contract", 30_000, 60),
    "random": Preset("habits drawn anew from the seed, for training and certifying", 30_000, 60),
    "speed": Preset("a million accounts for three days, for speed alone", 1_000_000, 3, warm_up_share=0.0),
}


def make_parameters(
    world: str,
    seed: int,
    *,
    accounts: int | None = None,
    days: int | None = None,
    ring_members: int | None = None,
) -> WorldParameters:
    """The parameters of a named world; sizes left out are the preset's.

    Raises SettingsError when the world is unknown, a size is not positive, or the rings do not fit.
    """
    preset = PRESETS.get(world)
    if preset is None:
        raise SettingsError(f"there is no world '{world}'", do=f"choose one of {', '.join(PRESETS)}")
    accounts = preset.accounts if accounts is None else accounts
    days = preset.days if days is None else days
    members = round(preset.ring_share * accounts) if ring_members is None else ring_members
    _check(accounts, days, members, seed)
    parameters = WorldParameters(
        world=world,
        accounts=accounts,
        days=days,
        seed=seed,
        symbols=min(200, 20 + accounts // 6_000),
        warm_up_days=int(days * preset.warm_up_share),
        ring_members=members,
    )
    habits = _habits(parameters)
    return habits if ring_members is None else replace(habits, ring_members=ring_members)


def _check(accounts: int, days: int, members: int, seed: int) -> None:
    if accounts < 1:
        raise SettingsError(f"{accounts} accounts make no exchange", do="give at least 1 with --accounts")
    if days < 1:
        raise SettingsError(f"{days} days are no time", do="give at least 1 with --days")
    if members < 0 or members > accounts:
        raise SettingsError(
            f"{members} ring members do not fit into {accounts} accounts", do="give 0 or more, and fewer than accounts"
        )
    if not 0 <= seed < _LARGEST_SEED:
        raise SettingsError(f"the seed {seed} is out of range", do="give a whole number from 0 to 2**63 - 1")


def _habits(parameters: WorldParameters) -> WorldParameters:
    match parameters.world:
        case "framed":
            return replace(parameters, framing=tuple(ATTACKS), framed_share=0.1)
        case "evasive":
            return replace(
                parameters, jitter=(300.0, 1_800.0), camouflage=(0.8, 0.99), hygiene=(0.7, 1.0), rotation=True
            )
        case "blind":
            return replace(parameters, blind=True)
        case "random":
            return _drawn(parameters)
        case _:
            return parameters


def _drawn(parameters: WorldParameters) -> WorldParameters:
    random = Streams(parameters.seed).of("habits")
    share = 10.0 ** random.uniform(-3.3, -2.3)
    least_hygiene, least_camouflage = random.uniform(0, 0.7), random.uniform(0, 0.6)
    return replace(
        parameters,
        ring_members=round(share * parameters.accounts),
        jitter=(0.5, float(10.0 ** random.uniform(1.0, 3.26))),
        camouflage=(float(least_camouflage), 0.99),
        hygiene=(float(least_hygiene), 1.0),
        rotation=bool(random.random() < 0.3),
        pace=float(random.uniform(0.6, 1.6)),
        volatility=float(random.uniform(0.6, 1.8)),
        hard_negatives=float(random.uniform(0.8, 1.6)),
    )
