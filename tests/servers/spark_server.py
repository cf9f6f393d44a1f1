"""A Spark in local mode in a Java process of its own: nothing listens beyond loopback, nothing is left in the end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pyspark
from pyspark import SparkContext
from pyspark.serializers import UTF8Deserializer, read_int
from pyspark.sql import SparkSession

from tests.servers.fetching import ServerError, java
from tests.servers.process import START_SECONDS, folder_for

HOME = Path(pyspark.__file__).parent
OPENS = (
    *("java.io", "java.lang", "java.lang.invoke", "java.lang.reflect", "java.net", "java.nio", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs"),
    *("sun.security.action", "sun.util.calendar"),
)
JAVA_OPTIONS = (
    "-Xmx1g",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENS),
)
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
}
"""Nothing is compiled for tables this small: that took longer than all the rest."""
LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
"""


@contextmanager
def running_spark() -> Iterator[SparkSession]:
    """A session of a Spark of our own. Raises ServerError where there is no Java, or Spark does not start on it."""
    with folder_for("spark") as folder, _java_process(folder) as (port, secret):
        with mock.patch.dict(os.environ, PYSPARK_GATEWAY_PORT=str(port), PYSPARK_GATEWAY_SECRET=secret):
            session = SparkSession.Builder().getOrCreate()
        gateway = SparkContext._gateway
        try:
            yield session
        finally:
            session.stop()
            SparkContext._gateway = SparkContext._jvm = None
            gateway.shutdown()


@contextmanager
def _java_process(folder: Path) -> Iterator[tuple[int, str]]:
    """Port and secret of a Java process that ends when its standard input does: with the block, or with us."""
    (folder / "log4j2.properties").write_text(LOGGING)
    told, output = folder / "connection", folder / "output"
    surroundings = {
        **os.environ,
        "SPARK_HOME": str(HOME),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "_PYSPARK_DRIVER_CONN_INFO_PATH": str(told),
    }
    with output.open("wb") as written:
        process = subprocess.Popen(
            _command(folder), stdin=subprocess.PIPE, stdout=written, stderr=written, cwd=folder, env=surroundings,
            start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while not told.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                words = output.read_text(errors="replace").strip().splitlines() or ["no output"]
                raise ServerError(f"Spark did not start: {words[-1]}; command: {' '.join(_command(folder))[:200]}")
            time.sleep(0.05)
        with told.open("rb") as connection:
            yield read_int(connection), UTF8Deserializer().loads(connection)
    finally:
        process.communicate()


def _command(folder: Path) -> list[str]:
    """What `spark-submit` would run, less a module that only some Javas have and that nothing here needs."""
    settings = {**SETTINGS, "spark.local.dir": str(folder), "spark.sql.warehouse.dir": str(folder / "warehouse")}
    return [
        str(java()),
        *JAVA_OPTIONS,
        "-cp",
        os.pathsep.join([str(folder), str(HOME / "jars" / "*")]),
        "org.apache.spark.deploy.SparkSubmit",
        "--master",
        "local[2]",
        *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")),
        "pyspark-shell",
    ]
