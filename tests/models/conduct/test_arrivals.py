"""However records arrive (late, twice, in any order, with rows that cannot be), the same conduct is found in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from graph.ingest.records import ingest_records
from graph.tape import Tape
from models.conduct.find import Conduct, find_conduct
from models.conduct.typologies import TYPOLOGIES
from tests.models.conduct.hand_made import DAY, SECOND
from tests.models.conduct.known_acts import everything

Delivery = dict[str, pl.DataFrame]
"""Tables of one folder by their names."""


def records() -> Delivery:
    """Every form of every typology as an exchange would hand it over."""
    orders, trades, owners = everything()
    at = pl.from_epoch("us", "us").dt.replace_time_zone("UTC").alias("ts")
    names = pl.concat([orders["account_id"], trades["maker_account_id"], trades["taker_account_id"]]).unique()
    return {
        "accounts": pl.DataFrame({"account_id": names}).join(owners, on="account_id", how="left"),
        "orders": orders.with_columns(at).drop("us"),
        "trades": trades.with_columns(at).drop("us"),
    }


def in_one() -> list[Delivery]:
    return [records()]


def shuffled_and_twice() -> list[Delivery]:
    """Every row twice in one folder, in an order of its own, and all of it once more."""
    random = np.random.default_rng(1)
    twice = {
        name: pl.concat([rows, rows])[random.permutation(2 * rows.height)] for name, rows in records().items()
    }  # fmt: skip
    return [twice, records()]


def days_backwards() -> list[Delivery]:
    """The last day first; of each day trades before orders."""
    whole = records()
    days = pl.concat([whole["orders"]["ts"], whole["trades"]["ts"]]).dt.date().unique().sort(descending=True)
    return [
        {"accounts": whole["accounts"], name: whole[name].filter(pl.col("ts").dt.date() == day)}
        for day in days
        for name in ("trades", "orders")
    ]


def half_of_the_rows_late() -> list[Delivery]:
    """Every other row a delivery later."""
    whole = records()
    return [
        {"accounts": whole["accounts"], **{name: whole[name].gather_every(2, offset) for name in ("orders", "trades")}}
        for offset in (1, 0)
    ]


def with_rows_that_cannot_be() -> list[Delivery]:
    """A negative price, an amount of nothing and an order that was withdrawn before it was placed."""
    whole = records()
    ours, traded = whole["orders"].filter(event="new").head(2), whole["trades"].head(1)
    early = ours.with_columns(pl.col("ts") - pl.duration(microseconds=SECOND), event=pl.lit("cancel")).head(1)
    negative = ours.tail(1).with_columns(price=pl.lit(-1).cast(ours.schema["price"]), order_id=pl.lit("negative"))
    nothing = traded.with_columns(quantity=pl.lit(0).cast(traded.schema["quantity"]), trade_id=pl.lit("nothing"))
    wrong = {"orders": pl.concat([whole["orders"], early, negative]), "trades": pl.concat([whole["trades"], nothing])}
    return [whole | wrong]


def found_in(deliveries: list[Delivery], folder: Path) -> tuple[Conduct, int]:
    """What is found on the tape of these, and how many rows were kept off it."""
    tape, quarantined = Tape(folder / "tape"), 0
    for number, tables in enumerate(deliveries):
        source = folder / f"{number:03d}"
        source.mkdir()
        for name, rows in tables.items():
            rows.write_parquet(source / f"{name}.parquet")
        quarantined += sum(each.quarantined for each in ingest_records(source, tape).tables.values())
    return find_conduct(tape), quarantined


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Conduct:
    found, quarantined = found_in(in_one(), tmp_path_factory.mktemp("whole"))
    assert set(found.episodes["typology"]) == set(TYPOLOGIES)
    assert found.harm.height
    assert not quarantined
    return found


ARRIVALS = {
    "shuffled and twice": (shuffled_and_twice, 0),
    "days backwards": (days_backwards, 0),
    "half of the rows late": (half_of_the_rows_late, 0),
    "with rows that cannot be": (with_rows_that_cannot_be, 3),
}


@pytest.mark.parametrize("name", ARRIVALS)
def test_however_records_arrive_the_same_conduct_is_found(name: str, expected: Conduct, tmp_path: Path) -> None:
    deliveries, kept_off = ARRIVALS[name]
    found, quarantined = found_in(deliveries(), tmp_path)
    assert quarantined == kept_off
    for table in ("episodes", "harm", "closed_sets", "active"):
        assert_frame_equal(getattr(found, table), getattr(expected, table), check_exact=True)


def test_a_day_that_is_still_missing_is_missed(expected: Conduct, tmp_path: Path) -> None:
    """The comparison would notice: without a day of orders there are fewer episodes."""
    first = records()["orders"]["ts"].dt.epoch("us").min() // DAY  # type: ignore[operator]
    whole = records()
    late = whole["orders"].filter(pl.col("ts").dt.epoch("us") // DAY != first)
    found, _ = found_in([whole | {"orders": late}], tmp_path)
    assert found.episodes.height < expected.episodes.height
