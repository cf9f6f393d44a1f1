"""Every number that decides what a ring is, in one frozen value; the manifest of a run records all of them.

The weights and bounds of sharing are choices, not fits; the few that were chosen by measurement say so, and on what.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.conduct.parameters import ConductParameters


@dataclass(frozen=True)
class LinkParameters:
    """What sharing is worth.

    `kind_weight`: per kind of resource, 0..1; an IP address says less than a device, for it moves between customers.
    `category_weight`: per known-service category, 0..1; a category not named here weighs 0, for it serves everybody.
    `most_users`: per kind, the number of entities beyond which a resource is ignored altogether; up to it the weight
    falls smoothly as 1 / log2(users).
    `window`: on one resource, each user is paired with this many next users by opening date, so a resource with n users
    gives at most n * window pairs, never n².
    """

    kind_weight: tuple[tuple[str, float], ...] = (("device", 1.0), ("ip", 0.5), ("address", 1.0), ("account", 1.0))
    category_weight: tuple[tuple[str, float], ...] = (("exchange_deposit_address", 1.0), ("other_service", 0.5))
    most_users: tuple[tuple[str, int], ...] = (("device", 30), ("ip", 200), ("address", 200), ("account", 200))
    window: int = 16


@dataclass(frozen=True)
class AttributionParameters:
    """Whose a device is (`models.links.attribution`).

    `most_before`: other entities that had used it by the day on which a user came, the most for which it is somebody's.
    `opening_days`: days from the opening of an account to its first dated session, the most for which its beginning is
    on record. `settling_days`: days of use of other devices before, the fewest for which it is.
    """

    most_before: int = 3
    opening_days: int = 7
    settling_days: int = 14


@dataclass(frozen=True)
class SimilarityParameters:
    """How alike two linked entities must behave for their links to count in full (`models.links.similarity`).

    `seed_links`: pairs with at least this many distinct links teach what alike means. `random_pairs`: how many random
    pairs teach what chance looks like. `bins`: quantile bins per feature. `shrink`: pseudo-pairs that pull a likelihood
    ratio to 1 when seeds are few. `offset`: log-odds that a linked pair must overcome to count half. `corroboration`:
    log-odds that each distinct link beyond the second adds, and the first lacks, where nothing was learned.
    """

    seed_links: int = 3
    random_pairs: int = 400_000
    bins: int = 12
    shrink: float = 200.0
    offset: float = 2.5
    corroboration: float = 3.0


@dataclass(frozen=True)
class RingParameters:
    """When linked entities are a ring.

    `least_pair_weight`: lighter pairs are left out. `density`: the resolution of CPM, the least mean pair weight inside
    a ring. `least_support`: what a member's pair weights inside the ring must sum to. `least_size`: least effective
    size, the sum over households of min(1, support); a family is smaller, and sharing alone cannot tell the two apart.
    It is also the least number of entities on either side of a bridge that is cut. `iterations`: sweeps of Leiden.
    `exponent`: how much a member's own certainty moves its score against the ring's.
    """

    least_pair_weight: float = 0.02
    density: float = 0.02
    least_support: float = 0.3
    least_size: float = 6.5
    iterations: int = 4
    exponent: float = 0.1


@dataclass(frozen=True)
class CoordinationParameters:
    """When accounts that manipulate are a ring (`models.coordination`).

    `least_affinity`: cosine similarity of their weeks of acts, the least of a pair. `density`: the resolution of CPM,
    the least mean similarity inside a group. `most_users`: entities with acts of one typology in one market and week,
    beyond which that says nothing. `least_acting`: entities with acts of their own, the fewest of a ring wherever
    conduct can be seen; `least_acting_share`: the least share of its entities that these are. `least_inside`: share of
    a group's entities that lie in a ring of common control or funding, from which on the two are one.

    `caution`: how many times an account's own rate of beginning to place orders is taken, for activity has peaks.
    `least_beginnings`, `least_beginning_days`: of these, and days with them, the fewest that an account is judged by;
    `most_beginnings`: the most, for comparing each with each costs.
    `answer_seconds`: after a fill of its resting orders, in which what it begins may answer that. `least_e_value`: of
    following others of the ring, the least that is told. `leg_e_value`: the least that is a leg, so that of a thousand
    accounts that follow nobody at most one is expected to reach it, if their upper bands hold.
    """

    least_affinity: float = 0.2
    density: float = 0.1
    most_users: int = 200
    least_acting: int = 2
    least_acting_share: float = 0.25
    least_inside: float = 0.5
    caution: float = 2.0
    least_beginnings: int = 20
    least_beginning_days: int = 10
    most_beginnings: int = 5000
    answer_seconds: int = 1800
    least_e_value: float = 20.0
    leg_e_value: float = 1000.0


@dataclass(frozen=True)
class TierParameters:
    """Provisional thresholds (`models.tiers`), chosen and not certified; no published tier rests on them. `review`,
    `freeze`: of a member with two legs, and for the latter control among them; `alone`: for `review` of who acts in no
    ring. Each is a 1 - 2^(-days / 3) of days of one kind of own acts: 3, 10 and 10 days.
    """

    review: float = 0.5
    freeze: float = 0.9
    alone: float = 0.9


@dataclass(frozen=True)
class Parameters:
    links: LinkParameters = field(default_factory=LinkParameters)
    attribution: AttributionParameters = field(default_factory=AttributionParameters)
    similarity: SimilarityParameters = field(default_factory=SimilarityParameters)
    rings: RingParameters = field(default_factory=RingParameters)
    coordination: CoordinationParameters = field(default_factory=CoordinationParameters)
    tiers: TierParameters = field(default_factory=TierParameters)
    conduct: ConductParameters = field(default_factory=ConductParameters)
    seed: int = 0
