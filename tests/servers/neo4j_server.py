"""A Neo4j Community server (5.26 LTS), with authentication, empty at the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from tests.servers.fetching import jars, java
from tests.servers.process import folder_for, free_port, guarded, listening

FIRST_PASSWORD = "neo4j"
OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
SETTINGS = """
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=256m
dbms.usage_report.enabled=false
db.tx_log.preallocate=false
"""


@dataclass(frozen=True)
class Neo4jServer:
    url: str
    user: str
    password: str


@contextmanager
def running_neo4j() -> Iterator[Neo4jServer]:
    """The server of RINGLEADER_TEST_NEO4J_URL (with _USER and _PASSWORD) when set, else one of our own.

    Whatever is in the server may be deleted by the tests.
    """
    url = os.environ.get("RINGLEADER_TEST_NEO4J_URL")
    if url:
        user = os.environ.get("RINGLEADER_TEST_NEO4J_USER", "neo4j")
        yield Neo4jServer(url, user, os.environ.get("RINGLEADER_TEST_NEO4J_PASSWORD", ""))
        return
    port = free_port()
    server = Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", secrets.token_urlsafe(16))
    with folder_for("neo4j") as folder:
        configuration = folder / "conf"
        configuration.mkdir()
        (configuration / "neo4j.conf").write_text(SETTINGS.format(port=port))
        with guarded(
            "Neo4j", _command(folder), folder, lambda: listening(port) and _password_set(server), ending="SIGKILL"
        ):
            yield server


def _command(folder: Path) -> list[str]:
    return [
        str(java()),
        "-Xms256m",
        "-Xmx768m",
        "-XX:+UseSerialGC",
        "-cp",
        os.pathsep.join(map(str, jars("neo4j"))),
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENS),
        "org.neo4j.server.CommunityEntryPoint",
        f"--home-dir={folder}",
        f"--config-dir={folder / 'conf'}",
    ]


def _password_set(server: Neo4jServer) -> bool:
    """Replace the first password, which a new server accepts for nothing else, once the server answers."""
    change = "ALTER CURRENT USER SET PASSWORD FROM $first TO $own"
    try:
        _run(server, FIRST_PASSWORD, "system", change, first=FIRST_PASSWORD, own=server.password)
    except AuthError:
        pass
    except (DriverError, Neo4jError):
        return False
    try:
        _run(server, server.password, "neo4j", "RETURN 1")
    except (DriverError, Neo4jError):
        return False
    return True


def _run(server: Neo4jServer, password: str, database: str, statement: LiteralString, **values: str) -> None:
    with (
        GraphDatabase.driver(server.url, auth=(server.user, password)) as driver,
        driver.session(database=database) as session,
    ):
        session.run(statement, values).consume()
