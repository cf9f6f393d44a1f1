"""A published run turned into answers: JSON made once when the run is loaded, looked up and joined per request."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import overload

import polars as pl

from casework.ledger import PublishedRun
from graph.vocabulary import INSTANT, AccountId, RingId, RunId
from models.tables import TIERS

RFC3339 = "%Y-%m-%dT%H:%M:%S%.6fZ"

MEMBERSHIP_FIELDS = ("ring_id", "role", "tier", "score", "legs", "days_active")
MEMBER_FIELDS = ("account_id", "role", "tier", "score", "legs", "days_active")
INDIVIDUAL_FIELDS = ("role", "tier", "score", "legs", "days_active")

_SINGLE = '"not_member","known":true,"member":false'
_NOT_MEMBER = b'"status":"not_member","known":true,"member":false,'
_UNKNOWN = b'"status":"unknown","known":false,"member":false,'
_NOTHING = b'"memberships":[],"effective_tier":null,"individual":null,"restrictions":[]}'


@dataclass(frozen=True)
class RingPage:
    """`items`: JSON objects joined with commas; `following`: position of the next item, None on the last page."""

    items: bytes
    total: int
    following: int | None


BLOCK = 64


class SortedIds(Sequence[str]):
    """A million ids as two buffers and the first id of each block: 22 MB rather than 130, and freed at once rather than
    one by one.
    """

    def __init__(self, ids: pl.Series) -> None:
        """`ids`: distinct, sorted byte for byte, none null."""
        ends = ids.str.len_bytes().cast(pl.Int64).cum_sum()
        self._text = str(ids.str.join().item()).encode() if len(ids) else b""
        self._ends = ends.to_numpy().data
        self._first_of_block = ids.gather_every(BLOCK).to_list()

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return self._text[self._ends[place - 1] if place else 0 : self._ends[place]].decode()

    def __contains__(self, account: object) -> bool:
        if not isinstance(account, str):
            return False
        # code points and UTF-8 bytes sort alike
        block = max(0, bisect_right(self._first_of_block, account) - 1) * BLOCK
        end = min(block + BLOCK, len(self))
        place = bisect_left(self, account, block, end)
        return place < end and self[place] == account


class PreparedRun:
    """One run, ready to answer from; never changes. Texts are UTF-8 JSON.

    Rings are listed by score, highest first, then by id; evidence of a ring in the order of the run.
    """

    def __init__(self, published: PublishedRun) -> None:
        detection, summary = published.detection, published.summary
        self.run_id: RunId = summary.run_id
        self.digest = hashlib.sha256(summary.run_id.encode()).hexdigest()[:16]
        self.published_at = summary.published_at
        self.as_of = _as_of(published.manifest)
        self.certificate_id = summary.certificate_id
        self.certificate_kind = summary.certificate_kind
        members = detection.members.sort("ring_id", "account_id")
        self._known = SortedIds(published.accounts)
        self._findings = _findings(members, detection.individuals)
        rings = detection.rings.sort("score", "ring_id", descending=[True, False], nulls_last=True)
        self._rings = rings.select("tier", "score", json=_objects(rings))
        self._places = {RingId(ring): place for place, ring in enumerate(rings["ring_id"].to_list())}
        self._members = _joined(members, "ring_id", MEMBER_FIELDS)
        self._lineage = _joined(detection.lineage, "ring_id", ("previous_ring_id", "relation", "overlap"))
        self._evidence = detection.evidence.filter(pl.col("ring_id").is_not_null()).sort("ring_id", maintain_order=True)
        self._spans = _spans(self._evidence["ring_id"])

    def membership(self, account: AccountId) -> bytes:
        """What follows `account_id` in the answer about an account, to the closing brace."""
        found = self._findings.get(account)
        if found is not None:
            return found
        return (_NOT_MEMBER if account in self._known else _UNKNOWN) + _NOTHING

    def rings(self, tier: str | None, min_score: float, start: int, limit: int) -> RingPage:
        """Rings of a tier (None: any) with at least a score, from a position on."""
        chosen = self._rings.filter(pl.col("score") >= min_score)
        if tier is not None:
            chosen = chosen.filter(pl.col("tier") == tier)
        page = chosen["json"].slice(start, limit).to_list()
        return _page(page, start, chosen.height)

    def ring(self, ring: RingId) -> bytes | None:
        """A ring with its members, without the closing brace; None when the run has no such ring."""
        place = self._places.get(ring)
        if place is None:
            return None
        opened = str(self._rings["json"][place]).removesuffix("}")
        return opened.encode() + b',"members":[' + self._members.get(ring, b"") + b"]"

    def evidence(self, ring: RingId, start: int, limit: int) -> RingPage | None:
        """Evidence rows of a ring from a position on; None when the run has no such ring."""
        if ring not in self._places:
            return None
        first, count = self._spans.get(ring, (0, 0))
        rows = self._evidence.slice(first + start, max(0, min(limit, count - start)))
        return _page(rows.drop("ring_id").select(_objects(rows.drop("ring_id")))["json"].to_list(), start, count)

    def lineage(self, ring: RingId) -> bytes | None:
        """Where a ring comes from, as JSON objects joined with commas; None when the run has no such ring."""
        return self._lineage.get(ring, b"") if ring in self._places else None


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _as_of(manifest: Mapping[str, object]) -> str | None:
    day = manifest.get("as_of")
    return day if isinstance(day, str) else None


def _page(items: list[str], start: int, total: int) -> RingPage:
    end = start + len(items)
    return RingPage(",".join(items).encode(), total, end if items and end < total else None)


def _objects(frame: pl.DataFrame) -> pl.Expr:
    """One JSON object per row, named `json`: times as RFC 3339, a list that is null as an empty one."""
    return pl.struct(_presented(name, dtype) for name, dtype in frame.schema.items()).struct.json_encode().alias("json")


def _presented(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == INSTANT:
        return pl.col(name).dt.strftime(RFC3339)
    return pl.col(name).fill_null([]) if isinstance(dtype, pl.List) else pl.col(name)


def _joined(frame: pl.DataFrame, key: str, shown: tuple[str, ...]) -> dict[str, bytes]:
    objects = frame.select(key, _objects(frame.select(shown)))
    grouped = objects.group_by(key, maintain_order=True).agg(pl.col("json").str.join(","))
    return _as_bytes(grouped, key)


def _as_bytes(frame: pl.DataFrame, key: str) -> dict[str, bytes]:
    texts = frame["json"].cast(pl.Binary)
    return dict(zip(frame[key].to_list(), texts.to_list(), strict=True))


def _findings(members: pl.DataFrame, individuals: pl.DataFrame) -> dict[str, bytes]:
    """What is answered about every account that is in a ring or an individual finding."""
    in_rings = members.select("account_id", "tier", _objects(members.select(MEMBERSHIP_FIELDS)))
    rings = in_rings.group_by("account_id").agg(pl.col("json").str.join(","), _harshness())
    alone = individuals.select("account_id", "tier", _objects(individuals.select(INDIVIDUAL_FIELDS)))
    singles = alone.group_by("account_id").agg(pl.col("json").first(), _harshness())
    both = rings.join(singles, on="account_id", how="full", coalesce=True, suffix="_alone")
    member = pl.col("json").is_not_null()
    tier = pl.max_horizontal("harshness", "harshness_alone").replace_strict(dict(enumerate(TIERS)))
    answer = pl.concat_str(
        pl.lit('"status":'),
        pl.when(member).then(pl.lit('"member","known":true,"member":true')).otherwise(pl.lit(_SINGLE)),
        pl.lit(',"memberships":['),
        pl.col("json").fill_null(""),
        pl.lit('],"effective_tier":"'),
        tier,
        pl.lit('","individual":'),
        pl.col("json_alone").fill_null("null"),
        pl.lit(',"restrictions":[]}'),
    )
    return _as_bytes(both.select("account_id", answer.alias("json")), "account_id")


def _harshness() -> pl.Expr:
    ranks = {tier: rank for rank, tier in enumerate(TIERS)}
    return pl.col("tier").replace_strict(ranks, return_dtype=pl.Int64).max().alias("harshness")


def _spans(keys: pl.Series) -> dict[str, tuple[int, int]]:
    """First row and number of rows of each key of a sorted column."""
    runs = keys.to_frame("key").with_row_index("row").group_by("key", maintain_order=True)
    found = runs.agg(pl.col("row").first(), pl.len().alias("count"))
    spans = zip(found["row"].to_list(), found["count"].to_list(), strict=True)
    return dict(zip(found["key"].to_list(), spans, strict=True))
