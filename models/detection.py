"""One detection run as a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import polars as pl

from graph.errors import DetectionError
from models import tables
from models.legs import check_legs

SCHEMAS: dict[str, pl.Schema] = {
    "rings": tables.RINGS,
    "members": tables.MEMBERS,
    "individuals": tables.INDIVIDUALS,
    "evidence": tables.EVIDENCE,
    "episodes": tables.EPISODES,
    "harm": tables.HARM,
    "lineage": tables.LINEAGE,
}


@dataclass(frozen=True)
class Detection:
    """The tables of `models.tables`, sorted by their first columns, and what could not be looked for.

    Raises DetectionError when a table has other columns, a ring has no member, a member has no evidence row, or a tier
    stands on too few legs (`models.legs.check_legs`).
    """

    rings: pl.DataFrame
    members: pl.DataFrame
    individuals: pl.DataFrame
    evidence: pl.DataFrame
    episodes: pl.DataFrame
    harm: pl.DataFrame
    lineage: pl.DataFrame
    linked: pl.Series = field(default_factory=lambda: pl.Series("account_id", [], dtype=pl.String))
    """Ids of all accounts that any record links to another, members or not: the reach of the evidence."""
    provisional: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.PROVISIONAL))
    """What the tiers would be by a threshold that nobody has certified (`models.tiers`)."""
    closed_sets: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=tables.CLOSED_SETS))
    """Accounts that trade in a circle: where to look, no act of any of them (`models.conduct.closed_sets`)."""
    active: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"day": pl.Date, "accounts": pl.Int64}))
    """How many accounts sent orders on each UTC day."""
    switched_off: tuple[str, ...] = field(default=())
    """One sentence for each kind of evidence that the given tables do not allow."""
    abstained: tuple[str, ...] = field(default=())
    """One sentence for each detector that had too little history."""

    def __post_init__(self) -> None:
        for name, frame in self.tables():
            if frame.schema != SCHEMAS[name]:
                raise DetectionError(f"table {name} has columns {dict(frame.schema)}", where="Detection")
        bare = self.members.join(self.evidence, on=["ring_id", "account_id"], how="anti")
        if bare.height:
            raise DetectionError(f"{bare.height} members have no evidence", where=str(bare.row(0)))
        if set(self.rings["ring_id"]) != set(self.members["ring_id"]):
            raise DetectionError("rings and members name different rings", where="Detection")
        check_legs(self.members, self.individuals, self.evidence)
        in_ring = pl.col("ring_id").is_not_null()
        check_legs(self.provisional.filter(in_ring), self.provisional.filter(~in_ring), self.evidence)

    def tables(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Name and frame of every output table, in the order of the contract."""
        for entry in fields(self):
            if entry.name in SCHEMAS:
                yield entry.name, getattr(self, entry.name)
