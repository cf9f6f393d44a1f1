"""The first pass over the records: every file read, coerced, keyed and written aside, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from graph.contract import TABLES, Holds, Table
from graph.ingest.coercion import BAD_SCHEMA, coerce
from graph.ingest.keying import Keying
from graph.ingest.networks import NOT_A_NETWORK, is_network, memberships, parse_network
from graph.ingest.readers import read_part
from graph.ingest.sources import Part
from graph.progress import Progress
from graph.tape.tape import QUARANTINE_SCHEMA

HELD_BY_KIND = {"device": Holds.DEVICE, "ip": Holds.IP, "address": Holds.ADDRESS}


@dataclass
class StagedTable:
    """`accepted`: files of good rows with `file` (number of the part) and `row` beside the table's columns."""

    table: Table
    parts: tuple[Part, ...]
    accepted: list[Path] = field(default_factory=list)
    read: int = 0
    refused: int = 0
    unknown: set[str] = field(default_factory=set)


@dataclass
class Stage:
    """Everything of one ingest that is not on the tape yet. `networks`: those of the tape, then also the input's."""

    folder: Path
    keying: Keying | None
    progress: Progress
    networks: set[str]
    new_networks: set[str] = field(default_factory=set)
    quarantined: list[Path] = field(default_factory=list)
    memberships: list[Path] = field(default_factory=list)

    def table(self, name: str, parts: tuple[Part, ...]) -> StagedTable:
        """Read all parts of a table. Raises InputError when one of them is unreadable as a whole."""
        staged = StagedTable(TABLES[name], parts)
        for number, part in enumerate(parts):
            for batch in read_part(part, staged.table):
                staged.read += batch.rows.len() + batch.broken.height
                staged.unknown.update(batch.unknown)
                coerced = coerce(staged.table, batch.rows, batch.source)
                good, refused = self._checked(staged.table, coerced.good)
                self._refuse(staged, part, pl.concat([batch.broken, coerced.bad, refused]))
                if good.height:
                    self._accept(staged, number, good)
                self.progress(f"reading {name}", staged.read, None)
        return staged

    def write(self, frame: pl.DataFrame, kind: str, written: list[Path]) -> None:
        """Put a frame aside under `kind` and remember its path."""
        if frame.height:
            path = self.folder / kind / f"{len(written):06d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.write_parquet(path, compression="lz4", statistics=False)
            written.append(path)

    def refuse(self, staged: StagedTable, bad: pl.DataFrame) -> None:
        """Put accepted rows into quarantine after all: `BAD_SCHEMA` and `file` (number of the part)."""
        names = pl.DataFrame({"file": range(len(staged.parts)), "name": [part.name for part in staged.parts]})
        named = bad.join(names.cast({"file": bad.schema["file"]}), on="file", how="left")
        told = named.with_columns(pl.col("name").alias("file"), table=pl.lit(staged.table.name))
        self.write(told.select(QUARANTINE_SCHEMA.names()).cast(QUARANTINE_SCHEMA), "quarantine", self.quarantined)

    def _checked(self, table: Table, good: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rules that hold between columns."""
        if table.name != "known_services":
            return good, pl.DataFrame(schema=BAD_SCHEMA)
        network = (good["kind"] == "ip") & is_network(good["identifier"])
        texts = good["identifier"].filter(network).unique()
        wrong = pl.Series([text for text in texts if parse_network(text) is None], dtype=pl.String)
        refused = network & good["identifier"].is_in(wrong.implode())
        given = set(texts) - set(wrong)
        self.new_networks |= given - self.networks
        self.networks |= given
        bad = good.filter(refused).select(
            "row", column=pl.lit("identifier"), reason=pl.lit(NOT_A_NETWORK), value=pl.col("identifier")
        )
        return good.filter(~refused), bad

    def _refuse(self, staged: StagedTable, part: Part, bad: pl.DataFrame) -> None:
        staged.refused += bad.height
        located = bad.with_columns(table=pl.lit(staged.table.name), file=pl.lit(part.name))
        self.write(located.select(QUARANTINE_SCHEMA.names()), "quarantine", self.quarantined)

    def _accept(self, staged: StagedTable, number: int, good: pl.DataFrame) -> None:
        if staged.table.name == "sessions" and self.networks:
            found = memberships(good["ip"], self.networks)
            if self.keying:
                found = found.with_columns(self.keying.ids(Holds.IP, found["ip"]))
            self.write(found, "ip_networks", self.memberships)
        keyed = self._keyed(staged.table, good).with_columns(file=pl.lit(number, dtype=pl.Int32))
        self.write(keyed, f"accepted/{staged.table.name}", staged.accepted)

    def _keyed(self, table: Table, good: pl.DataFrame) -> pl.DataFrame:
        if self.keying is None:
            return good
        if table.name == "known_services":
            return self._keyed_services(self.keying, good)
        held = [(what, name) for what in HELD_BY_KIND.values() for name in table.holding(what)]
        return good.with_columns([self.keying.ids(what, good[name]) for what, name in held])

    def _keyed_services(self, keying: Keying, good: pl.DataFrame) -> pl.DataFrame:
        """Networks stay as they are: they name nobody, and a keyed one could match no IP."""
        identifier = good["identifier"]
        for kind, what in HELD_BY_KIND.items():
            chosen = (good["kind"] == kind) & ~((good["kind"] == "ip") & is_network(good["identifier"]))
            identifier = keying.ids(what, identifier.set(~chosen, None)).zip_with(chosen, identifier)
        return good.with_columns(identifier.alias("identifier"))
