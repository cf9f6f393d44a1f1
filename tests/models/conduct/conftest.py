from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from tests.servers.spark_server import running_spark


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    with running_spark() as session:
        yield session
