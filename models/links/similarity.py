"""How alike two linked entities behave, learned without labels.

Record linkage in the manner of Fellegi & Sunter ("A theory for record linkage", JASA 1969): for every feature the
distribution of distances among *seed* pairs (linked by several distinct resources, so surely related) is set against
that among random pairs; their log ratio, made monotone, is the feature's weight of evidence. Similarity never makes a
link. It says how far a link that is there should count: a shared address between two accounts opened in the same hour
with the same volume is not the same as one between strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import isotonic_regression
from scipy.sparse import csr_array
from scipy.special import expit

from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind
from models.links.entities import Entities
from models.parameters import SimilarityParameters

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_MICROSECONDS_PER_DAY = 86_400_000_000
_PROFILE_LINKS = (LinkKind.DEPOSITED_FROM, LinkKind.WITHDREW_TO, LinkKind.TRANSFERRED_TO)
_PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Behaviour:
    """Of each entity: `opened` (days since 1970 of its first account), `volume` (log of 1 + its volume in USD), both
    NaN where unknown; `profile`: unit rows of log counts of transfers by direction and asset, zero where none."""

    opened: Floats
    volume: Floats
    profile: csr_array

    @property
    def active(self) -> Indices:
        """Entities from which random pairs are drawn: those with a transfer or, if none has one, of known opening."""
        moved = np.flatnonzero(np.diff(self.profile.indptr))
        return (moved if len(moved) else np.flatnonzero(~np.isnan(self.opened))).astype(np.int64)

    @property
    def seniority(self) -> Indices:
        """Rank of each entity by opening, then volume, then mix of transfers: what is known of it and not its number,
        which decides only between entities alike in all three."""
        digits = np.modf(np.sqrt(np.arange(2, self.profile.shape[1] + 2)))[0]
        mix = np.round(self.profile @ digits, 9)
        numbers = np.arange(len(self.opened))
        rank = np.empty(len(numbers), dtype=np.int64)
        rank[np.lexsort((numbers, mix, self.volume, self.opened))] = numbers
        return rank


def behaviour(snapshot: Snapshot, entities: Entities) -> Behaviour:
    accounts = snapshot.accounts.select(
        pl.Series("entity", entities.of_account, dtype=pl.Int64),
        (pl.col("opened_at").dt.epoch("us") / _MICROSECONDS_PER_DAY).alias("opened"),
        "volume_usd",
    )
    each = accounts.group_by("entity").agg(
        pl.col("opened").min(),
        pl.when(pl.col("volume_usd").count() > 0).then(pl.col("volume_usd").sort().sum()).alias("volume"),
    )
    each = each.sort("entity")
    volume = each["volume"].clip(lower_bound=0).log1p()
    return Behaviour(
        each["opened"].fill_null(np.nan).to_numpy().astype(np.float64),
        volume.fill_null(np.nan).to_numpy().astype(np.float64),
        _profiles(snapshot, entities),
    )


def _profiles(snapshot: Snapshot, entities: Entities) -> csr_array:
    rows = pl.concat(
        [
            snapshot.links[kind].select(
                pl.Series("entity", entities.of_account[snapshot.links[kind]["source"].to_numpy()], dtype=pl.Int64),
                (pl.lit(f"{kind} ") + pl.col("qualifier")).alias("act"),
                "count",
            )
            for kind in _PROFILE_LINKS
        ]
    )
    sums = rows.group_by("entity", "act").agg(pl.col("count").sum()).sort("entity", "act")
    columns = sums["act"].rank("dense").to_numpy().astype(np.int64) - 1
    values = sums["count"].cast(pl.Float64).log1p().to_numpy()
    width = int(columns.max()) + 1 if len(columns) else 1
    table = csr_array((values, (sums["entity"].to_numpy(), columns)), shape=(entities.count, width))
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table.data = table.data / np.repeat(lengths, np.diff(table.indptr))
    return table


def _distances(known: Behaviour, x: Indices, y: Indices) -> Iterator[Floats]:
    """Per feature the distance of each pair: days between openings, log ratio of volumes, cosine distance of profiles;
    NaN where either end is unknown."""
    yield np.abs(known.opened[x] - known.opened[y])
    yield np.abs(known.volume[x] - known.volume[y])
    cosine = np.empty(len(x))
    for start in range(0, len(x), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        product = known.profile[x[part]].multiply(known.profile[y[part]])
        cosine[part] = 1 - np.asarray(product.sum(axis=1)).ravel()
    empty = np.diff(known.profile.indptr) == 0
    cosine[empty[x] | empty[y]] = np.nan
    # rounded, so that sums of another order fall into the same bin
    yield np.round(cosine, 9)


def random_pairs(known: Behaviour, count: int) -> tuple[Indices, Indices]:
    """About `count` pairs of active entities, spread evenly over all rank distances by a golden-ratio sequence.

    The ranks are those of seniority, not of ids: renamed accounts give the same pairs.
    """
    order = known.active[np.argsort(known.seniority[known.active])]
    n = len(order)
    if n < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    # every pair twice as often as there are pairs adds nothing
    step = np.arange(min(count, n * (n - 1)), dtype=np.int64)
    golden = (step * 0.6180339887498949) % 1.0
    first = step % n
    second = (first + 1 + (golden * (n - 1)).astype(np.int64)) % n
    return order[first], order[second]


def similarity(known: Behaviour, pairs: pl.DataFrame, parameters: SimilarityParameters) -> Floats:
    """How far the links of each pair count, 0..1. `pairs`: `x`, `y`, `links`.

    The logistic of summed log likelihood ratios less `offset`. In the measure in which seed pairs are too few to have
    taught anything, corroboration takes its place: one link alone counts next to nothing, two half, three in full.
    """
    x, y = pairs["x"].to_numpy(), pairs["y"].to_numpy()
    seeds = np.flatnonzero(pairs["links"].to_numpy() >= parameters.seed_links)
    log_odds = np.full(len(x), -parameters.offset, dtype=np.float64)
    chance = random_pairs(known, parameters.random_pairs)
    taught = 0
    for linked, random in zip(_distances(known, x, y), _distances(known, *chance), strict=True):
        log_odds += _weight_of_evidence(linked, linked[seeds], random, parameters)
        if not np.isnan(random).all():
            taught = max(taught, int(np.count_nonzero(~np.isnan(linked[seeds]))))
    trust = taught / (taught + parameters.shrink)
    untaught = parameters.corroboration * (pairs["links"].to_numpy() - 2.0)
    return np.asarray((1 - trust) * expit(untaught) + trust * expit(log_odds), dtype=np.float64)


def _weight_of_evidence(linked: Floats, seeds: Floats, random: Floats, parameters: SimilarityParameters) -> Floats:
    """Log ratio of seed to random frequency in each pair's bin, never rising with distance; 0 where unknown."""
    seeds, random = seeds[~np.isnan(seeds)], random[~np.isnan(random)]
    if not len(seeds) or not len(random):
        return np.zeros(len(linked))
    cuts = np.linspace(0, 1, parameters.bins // 2 + 1)[1:-1]
    edges = np.unique(np.concatenate([np.quantile(seeds, cuts), np.quantile(random, cuts)]))
    bins = len(edges) + 1
    by_chance = (np.bincount(np.searchsorted(edges, random, side="right"), minlength=bins) + 1) / (len(random) + bins)
    counted = np.bincount(np.searchsorted(edges, seeds, side="right"), minlength=bins)
    among_seeds = (counted + parameters.shrink * by_chance) / (len(seeds) + parameters.shrink)
    fitted = isotonic_regression(among_seeds / by_chance, weights=by_chance, increasing=False)
    ratio = np.log(fitted.x)
    known = ~np.isnan(linked)
    weights = np.zeros(len(linked))
    weights[known] = ratio[np.searchsorted(edges, linked[known], side="right")]
    return weights
