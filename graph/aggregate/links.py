"""Links from the tape: all events between two nodes become one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from graph.aggregate.relations import PACKAGE, Relations
from graph.engine import frames, gathered, query_text
from graph.vocabulary import DAY, EVENT_IDS_PER_LINK, INSTANT, LINK_KEY, LINK_SCHEMA, LinkKind, columns

EVENTS = columns(
    source=pl.String,
    target=pl.String,
    qualifier=pl.String,
    ts=INSTANT,
    n=pl.Int64,
    event_id=pl.String,
    event_hash=pl.UInt64,
    volume=pl.Float64,
)
"""What a query gives of each event; it leaves out what is the same for all (`ABSENT`), for sorting is what costs."""

ABSENT: dict[str, pl.Expr] = {
    "qualifier": pl.lit(""),
    "n": pl.lit(1, dtype=pl.Int64),
    "volume": pl.lit(None, dtype=pl.Float64),
}
NAMED_BY_CONTENT = {
    LinkKind.USED_DEVICE: "session:",
    LinkKind.SEEN_AT_IP: "session:",
    LinkKind.DECLARED: "relation:",
}
"""Events of tables without an id of their own are named by their hash."""

Rows = npt.NDArray[Any]
VOLUME_DIGITS = 9
DAY_IN_US = 86_400_000_000


def links_of(tables: Relations, kind: LinkKind) -> Iterator[pl.DataFrame]:
    """Frames of `LINK_SCHEMA`, sorted by (source, target, qualifier) throughout, each link once and whole: the links
    that fresh rows are events of, counted over the whole tape."""
    connection = tables.connection
    events = query_text(PACKAGE, f"links/{kind.value.lower()}.sql")
    given = connection.sql(events).columns
    key = ", ".join(name for name in LINK_KEY if name in given)
    touched = ""
    if not tables.everything_is_fresh:
        tables.show_fresh()
        named = query_text(PACKAGE, "links/named_pairs.sql") if kind is LinkKind.TRADED_WITH else events
        connection.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {key} FROM ({named})")  # noqa: S608
        touched = f"SEMI JOIN touched USING ({key})"
    tables.show_whole()
    event = "event_hash" if "event_hash" in given else "event_id"
    ordered = f"SELECT * FROM ({events}) {touched} ORDER BY {key}, ts NULLS LAST, {event}"  # noqa: S608
    schema = pl.Schema({name: EVENTS[name] for name in given})
    yield from gathered(_links(_completed(batch, kind) for batch in frames(connection, ordered, schema)))


def undone_links(tables: Relations) -> Iterator[pl.DataFrame]:
    """Frames of `LINK_KEY`, each key once: of the pairs whose trades fresh rows correct or bust, those that are no
    TRADED_WITH any more, or never were."""
    tables.show_whole()
    yield from frames(tables.connection, query_text(PACKAGE, "links/undone_pairs.sql"), LINK_KEY)


def _completed(events: pl.DataFrame, kind: LinkKind) -> pl.DataFrame:
    missing = [value.alias(name) for name, value in ABSENT.items() if name not in events.columns]
    if "event_hash" in events.columns:
        missing.append(_named(NAMED_BY_CONTENT[kind], events["event_hash"]))
    return events.with_columns(missing)


def _named(prefix: str, hashes: pl.Series) -> pl.Expr:
    """Event ids: the prefix and sixteen hexadecimal digits."""
    digits = hashes.to_numpy().astype(">u8").tobytes().hex().encode()
    offsets = np.arange(hashes.len() + 1, dtype=np.int64) * 16
    text = pa.LargeStringArray.from_buffers(hashes.len(), pa.py_buffer(offsets), pa.py_buffer(digits))
    return (pl.lit(prefix) + pl.lit(pl.Series(text))).alias("event_id")


def _links(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cut the sorted events where a link ends; the last link of a batch may go on in the next."""
    rest: pl.DataFrame | None = None
    for batch in batches:
        events = batch if rest is None else pl.concat([rest, batch])
        starts = _starts(events)
        last = int(starts[-1])
        rest = events.slice(last)
        if last:
            yield _aggregated(events.head(last), starts[:-1])
    if rest is not None:
        yield _aggregated(rest, np.zeros(1, dtype=np.int64))


def _starts(events: pl.DataFrame) -> Rows:
    """Row numbers at which a link begins."""
    changed = events.select(pl.any_horizontal(*[pl.col(name) != pl.col(name).shift(1) for name in LINK_KEY]))
    flags = changed.to_series().fill_null(True).to_numpy().copy()
    flags[0] = True
    return np.flatnonzero(flags)


def _aggregated(events: pl.DataFrame, starts: Rows) -> pl.DataFrame:
    """One row per link of events sorted by (link, ts nulls last, event id), of which each link begins in `starts`."""
    rows, links = events.height, len(starts)
    link = np.repeat(np.arange(links), np.diff(starts, append=rows))
    day = events["ts"].to_physical().cast(pl.Int64) // DAY_IN_US
    days, dated = day.fill_null(0).to_numpy(), day.is_not_null().to_numpy()
    dated_rows = np.bincount(link[dated], minlength=links)
    runs = _run_starts(starts, days, dated)
    counts = np.add.reduceat(events["n"].to_numpy(), runs)
    with_day, run_link = dated[runs], link[runs]
    undated = np.zeros(links, dtype=np.int64)
    undated[run_link[~with_day]] = counts[~with_day]
    first = events.gather(starts)
    last = np.where(dated_rows > 0, starts + dated_rows - 1, starts)
    listed = np.arange(rows) - starts[link] < EVENT_IDS_PER_LINK
    per_day = np.bincount(run_link[with_day], minlength=links)
    per_link = np.bincount(link[listed], minlength=links)
    return pl.DataFrame(
        [
            *[first[name] for name in LINK_KEY],
            _lists("days", pl.Series(days[runs][with_day], dtype=DAY), per_day),
            _lists("counts", pl.Series(counts[with_day], dtype=pl.Int64), per_day),
            pl.Series("undated", undated),
            first["ts"].alias("first_ts"),
            events["ts"].gather(last).alias("last_ts"),
            first["volume"].round_sig_figs(VOLUME_DIGITS),
            _lists("event_ids", events["event_id"].filter(pl.Series(listed)), per_link),
            _lists("event_days", day.cast(DAY).filter(pl.Series(listed)), per_link),
        ],
        schema=LINK_SCHEMA,
    )


def _run_starts(starts: Rows, days: Rows, dated: Rows) -> Rows:
    """Row numbers at which a link begins, another day, or what has no day."""
    flags = np.zeros(len(days), dtype=bool)
    flags[1:] = (days[1:] != days[:-1]) | (dated[1:] != dated[:-1])
    flags[starts] = True
    return np.flatnonzero(flags)


def _lists(name: str, values: pl.Series, lengths: Rows) -> pl.Series:
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    array = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values.to_arrow())
    return pl.Series(name, array)
