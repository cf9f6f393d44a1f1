"""What counts as an act of each typology and how often it must be repeated; one value, overridden from one file.

The head of each typology's SQL file says what its parameters mean; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Repetition:
    """How often an account must act. `least_acts`: acts. `least_days`: distinct UTC days. `most_chance`: highest
    probability that chance alone gives as many; 1 where no chance is computed."""

    least_acts: int
    least_days: int = 3
    most_chance: float = 1e-6


@dataclass(frozen=True)
class Arrangement:
    """Orders that answer another. `size_tolerance`: share by which the two may differ. `gap_seconds`: between the two.
    `rest_seconds`: the same where both are of one owner. `rare`: highest chance of an equal opposite size so soon.
    `least_with_partner`: answers to one partner, the fewest that count. `least_way_share`: of the account's orders in
    pairs, first or second, the least share that buys, and that sells. `habit_days`: days with orders at one minute of
    the day, or of one size, the fewest that are a habit. `least_comparison`: others' minutes with limit orders in a
    market, the fewest that a share is taken of. `most_filled`: filled orders at one price, side and time slot that are
    looked at, the last so many."""

    size_tolerance: float = 0.01
    gap_seconds: int = 2_700
    rest_seconds: int = 600
    rare: float = 0.01
    least_with_partner: int = 2
    least_way_share: float = 0.25
    habit_days: int = 3
    least_comparison: int = 1_000
    most_filled: int = 100


@dataclass(frozen=True)
class Pressure:
    """Waves of unfilled orders, shared by spoofing and layering.

    `least_levels`: prices from which on a wave is layering. `size_ratio`: wave over the order that trades.
    `withdrawal_seconds`: from the trade to the first withdrawal, and between withdrawals. `unfilled_share`: least share
    of each order that was never filled. `least_rest_seconds`: shortest life of an order that can lean on anything.
    `suspect_chance`: highest probability that chance gives an account its split acts, for these to be looked at.
    `wave_days`: distinct UTC days with such acts by waves of its own, the fewest of a partner.
    """

    least_levels: int = 3
    size_ratio: float = 5.0
    withdrawal_seconds: int = 5
    unfilled_share: float = 0.9
    least_rest_seconds: float = 0.5
    suspect_chance: float = 0.25
    wave_days: int = 3


@dataclass(frozen=True)
class SelfTrading(Repetition):
    """Arranged orders of one owner (`Arrangement`)."""

    least_acts: int = 4
    most_chance: float = 1e-5


@dataclass(frozen=True)
class WashTrading(Repetition):
    """Arranged orders of two owners, and equal sizes taken on both sides (`Arrangement`)."""

    least_acts: int = 3
    most_chance: float = 1e-4


@dataclass(frozen=True)
class Spoofing(Repetition):
    """Waves at fewer prices than `Pressure.least_levels`."""

    least_acts: int = 4


@dataclass(frozen=True)
class Layering(Repetition):
    """Waves at `Pressure.least_levels` prices or more."""

    least_acts: int = 4


@dataclass(frozen=True)
class QuoteStuffing(Repetition):
    """`least_messages`: order events a second. `deviations`: standard deviations above the mean. `least_history`: own
    ordinary seconds, the fewest that make a bar of its own. `merge_seconds`: between two parts of one burst.
    `fill_share`: fills per message below which nobody meant to trade. `crowd_share`: share of a segment's accounts
    there that day that makes a loud minute everybody's; `least_crowd`: the fewest that do."""

    least_acts: int = 3
    most_chance: float = 1.0
    least_messages: int = 20
    deviations: float = 20.0
    least_history: int = 100
    crowd_share: float = 0.1
    least_crowd: int = 5
    merge_seconds: int = 30
    fill_share: float = 0.01


@dataclass(frozen=True)
class FrontRunning(Repetition):
    """`share`: largest share of a market's and day's taking orders that is large. `impact_deviations`: of price moves.
    `lead_seconds`: before the large order. `close_minutes`: after it. `closed_share`: of the position."""

    least_acts: int = 5
    share: float = 0.05
    impact_deviations: float = 0.25
    lead_seconds: int = 60
    close_minutes: int = 10
    closed_share: float = 0.7


@dataclass(frozen=True)
class PumpAndDump(Repetition):
    """`chunk_seconds`: of a chunk of the tape. `rise`: share by which the price rises. `least_buyers`: accounts that
    buy in the rush. `insider_minutes`: before the rush. `dump_minutes`: after it. `sold_share`: of what was bought."""

    least_acts: int = 3
    most_chance: float = 1e-3
    chunk_seconds: int = 25
    rise: float = 0.01
    least_buyers: int = 2
    insider_minutes: int = 60
    dump_minutes: int = 16
    sold_share: float = 0.7


@dataclass(frozen=True)
class ClosedSets:
    """Sets that trade in a circle: nominations, no acts. `least_layers`: layers in which a set must be a component,
    hence trades of each pair that holds it together. `balance`: largest position over mean size of trades. `hours`:
    lengths of the windows."""

    least_layers: int = 5
    balance: float = 0.1
    hours: tuple[int, ...] = (1, 24, 168)


@dataclass(frozen=True)
class Placements:
    """When an account begins to place orders (`models.conduct.placements`). `follow_seconds`: without an order of it in
    the market, and after another's in which it follows it. `silence_seconds`: without one in any market.
    `lookback_seconds`: before, in which the widest move of the price may be what it answers."""

    follow_seconds: int = 30
    silence_seconds: int = 300
    lookback_seconds: int = 960


@dataclass(frozen=True)
class ConductParameters:
    arrangement: Arrangement = field(default_factory=Arrangement)
    pressure: Pressure = field(default_factory=Pressure)
    self_trading: SelfTrading = field(default_factory=SelfTrading)
    wash_trading: WashTrading = field(default_factory=WashTrading)
    spoofing: Spoofing = field(default_factory=Spoofing)
    layering: Layering = field(default_factory=Layering)
    quote_stuffing: QuoteStuffing = field(default_factory=QuoteStuffing)
    front_running: FrontRunning = field(default_factory=FrontRunning)
    pump_and_dump: PumpAndDump = field(default_factory=PumpAndDump)
    closed_sets: ClosedSets = field(default_factory=ClosedSets)
    placements: Placements = field(default_factory=Placements)
