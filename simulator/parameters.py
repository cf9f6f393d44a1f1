"""What a simulated world is made from: one frozen value, each field with unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MICROSECONDS = 1_000_000
DAY_SECONDS = 86_400
DAY = DAY_SECONDS * MICROSECONDS
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_INSTANT = int(FIRST_DAY.timestamp()) * MICROSECONDS

Range = tuple[float, float]


@dataclass(frozen=True)
class WorldParameters:
    """Everything that decides a world. Equal parameters give equal bytes."""

    world: str
    accounts: int
    days: int
    seed: int
    symbols: int = 40
    """Markets; a quarter of them perpetual."""
    warm_up_days: int = 20
    """First days without any planted act, for baselines."""
    ring_members: int = 0
    """Accounts in rings; 0 plants none."""
    ring_size: tuple[int, int] = (2, 60)
    acts: Range = (5.0, 40.0)
    """Planted acts of a participating member over the life of its ring, drawn log-uniformly per ring."""
    jitter: Range = (0.5, 1_800.0)
    """Seconds between acts that belong together, drawn log-uniformly."""
    camouflage: Range = (0.0, 0.99)
    """Share of genuine trading in all that a member does."""
    hygiene: Range = (0.0, 1.0)
    """From one device for all (0) to nothing shared at all (1)."""
    rotation: bool = False
    """Members change devices, addresses and accounts every few days."""
    framing: tuple[str, ...] = ()
    """Attacks by which ring members try to make innocents look guilty."""
    framed_share: float = 0.0
    """Share of all accounts that are attacked."""
    pace: float = 1.0
    """Activity of everybody, as a multiple."""
    volatility: float = 1.0
    """Price movement, as a multiple."""
    hard_negatives: float = 1.0
    """Share of innocents that look guilty, as a multiple of the standard one."""
    blind: bool = False
    """Rings act as an adversary who knows only the input contract."""
