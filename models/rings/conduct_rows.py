"""Evidence of manipulative conduct: what a member, or somebody alone, did itself on the tape."""

from __future__ import annotations

import polars as pl

from models.legs import LEAST_CONDUCT_DAYS, Leg
from models.rings.evidence import rows_of_own_acts

_ACT = {
    "self_trading": "placed orders that answer its own",
    "wash_trading": "placed orders that answer a partner's",
    "pump_and_dump": "bought up a market with others before a rush, and offered it into the rise",
    "front_running": "traded ahead of large orders of others",
    "quote_stuffing": "sent bursts of orders that hardly traded",
    "spoofing": "withdrew large orders right after a trade on the other side",
    "layering": "withdrew orders at several prices right after a trade on the other side",
}
CONDUCT_KINDS = tuple(_ACT)


def conduct_rows(conduct: pl.DataFrame, doubtful: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """`tables.EVIDENCE` of `conduct` (`tables.CONDUCT`), a row for each typology of an account and ring it is in.

    `doubtful`: `account_id`, `typology`, `disputed_days`; `members`: `ring_id` (null: alone), `account_id`. The account
    is the author of every row. From `LEAST_CONDUCT_DAYS` days on a row is a conduct leg if nobody doubts who acted on
    any of them, for chance was judged by all of them; else it only nominates. It adds nothing to what ties the account
    to the ring.
    """
    known = conduct.join(doubtful, on=["account_id", "typology"], how="left").with_columns(
        pl.col("disputed_days").fill_null(0)
    )
    rows = members.select("ring_id", "account_id").join(known, on="account_id").with_columns(
        evidence_id=pl.format("{}-{}-{}", pl.col("ring_id").fill_null("alone"), "account_id", "typology"),
        kind="typology",
        leg=pl.when(pl.col("days") >= LEAST_CONDUCT_DAYS, pl.col("disputed_days") == 0).then(pl.lit(Leg.CONDUCT.value)),
        sentence=_sentence(),
    )  # fmt: skip
    return rows_of_own_acts(rows)


def _sentence() -> pl.Expr:
    act = pl.col("typology").replace_strict(_ACT, return_dtype=pl.String)
    markets = pl.col("symbols").list.len()
    where = pl.when(markets == 1).then(pl.col("symbols").list.first()).otherwise(pl.format("{} markets", markets))
    of_these = pl.format(", {} of them while it is disputed who acted for the account", "disputed_days")
    doubt = pl.when(pl.col("disputed_days") > 0).then(of_these).otherwise(pl.lit(""))
    return pl.format("{} {}, {} times on {} days{} in {}.", "account_id", act, "count", "days", doubt, where)
