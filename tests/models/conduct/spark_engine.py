"""PySpark in local mode behind the tape engine's port: what holds here is what a cluster's adapter may rely on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import polars as pl
import sqlglot
from pyspark.sql import DataFrame, SparkSession
from sqlglot import exp

from graph.engine import parquet_relation

GLOB = re.compile(r"[*?\[\]{}\\]")


class SparkTape:
    """Answers that are kept become Parquet files under `scratch`."""

    def __init__(self, session: SparkSession, scratch: Path) -> None:
        self.session = session.newSession()
        self.scratch = scratch
        self._numbers = count()

    def load(self, name: str, paths: Sequence[Path], schema: pl.Schema) -> None:
        if not paths:
            self.show(name, parquet_relation(paths, schema))
            return
        self._parquet(*paths).select(*schema.names()).createOrReplaceTempView(name)

    def keep(self, name: str, sql: str) -> None:
        path = self.scratch / f"{next(self._numbers)}"
        self._answer(sql).write.parquet(str(path))
        self._parquet(path).createOrReplaceTempView(name)

    def show(self, name: str, sql: str) -> None:
        self._answer(sql).createOrReplaceTempView(name)

    def rows(self, sql: str, schema: pl.Schema) -> pl.DataFrame:
        return pl.DataFrame(self._answer(sql).toArrow()).select(schema.names()).cast(schema)

    def _answer(self, sql: str) -> DataFrame:
        return self.session.sql(spark_sql(sql))

    def _parquet(self, *paths: Path) -> DataFrame:
        """Files as they are: no wildcards, no columns out of the names of folders."""
        names = [GLOB.sub(r"\\\g<0>", str(path)) for path in paths]
        return self.session.read.option("recursiveFileLookup", "true").parquet(*names)


def spark_sql(sql: str) -> str:
    """The tape's SQL in Spark's dialect."""
    return sqlglot.parse_one(sql, read="duckdb").transform(_same_meaning).sql(dialect="spark", comments=False)


def _same_meaning(node: exp.Expression) -> exp.Expression:
    """Where both dialects have the word but not the sense."""
    if isinstance(node, exp.Div):  # of decimals too a division of doubles
        node.set("this", exp.cast(node.this, "DOUBLE"))
    if isinstance(node, exp.ArgMin | exp.ArgMax) and not isinstance(node.parent, exp.Filter):  # over rows that have one
        known = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.Null()))
        return exp.Filter(this=node, expression=exp.Where(this=known))
    return node
