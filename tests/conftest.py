"""Real servers, started once when the first test asks for one, and a clean graph store of each kind for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import neo4j
import pytest

from graph.store.opening import open_store
from graph.store.port import GraphStore
from tests.servers.neo4j_server import Neo4jServer, running_neo4j
from tests.servers.postgres_server import running_postgres


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    with running_neo4j() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def neo4j_driver(neo4j_server: Neo4jServer) -> Iterator[neo4j.Driver]:
    credentials = (neo4j_server.user, neo4j_server.password)
    off = neo4j.NotificationMinimumSeverity.OFF
    with neo4j.GraphDatabase.driver(neo4j_server.url, auth=credentials, notifications_min_severity=off) as driver:
        yield driver


@pytest.fixture
def clean_neo4j(neo4j_server: Neo4jServer, neo4j_driver: neo4j.Driver) -> Neo4jServer:
    """The server with no node in it; constraints and indexes stay."""
    with neo4j_driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
    return neo4j_server


@pytest.fixture(params=["sqlite", "neo4j"])
def graph_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL, credentials in it, of an empty store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'graph.db'}"
    server: Neo4jServer = request.getfixturevalue("clean_neo4j")
    scheme, _, address = server.url.partition("://")
    return f"{scheme}://{server.user}:{server.password}@{address}"


@pytest.fixture
def graph_store(graph_url: str) -> Iterator[GraphStore]:
    """A prepared, empty store of each kind."""
    with closing(open_store(graph_url)) as store:
        store.prepare()
        yield store
