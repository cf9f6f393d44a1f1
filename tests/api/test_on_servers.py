"""The same way on Neo4j and PostgreSQL: the same bytes, also after a kill at every write boundary there."""

from __future__ import annotations

import signal
from pathlib import Path

import neo4j
import pytest

from tests.api.commands import fails, ringleader, succeeds
from tests.api.conftest import Reference
from tests.api.outputs import manifest_of, same_manifest, table_bytes
from tests.api.test_crashes import NEO4J_POINTS
from tests.servers.neo4j_server import Neo4jServer

Settings = dict[str, str]


@pytest.fixture
def servers(clean_neo4j: Neo4jServer, postgres_database: str) -> Settings:
    return {
        "GRAPH_URL": clean_neo4j.url,
        "GRAPH_USER": clean_neo4j.user,
        "GRAPH_PASSWORD": clean_neo4j.password,
        "LEDGER_URL": postgres_database,
    }


def _same_as(reference: Reference, out: Path) -> None:
    assert table_bytes(out) == table_bytes(reference.out)
    assert same_manifest(manifest_of(out), manifest_of(reference.out))


def test_servers_give_the_same_bytes(
    servers: Settings, reference: Reference, neo4j_driver: neo4j.Driver, tmp_path: Path
) -> None:
    succeeds("ingest", reference.records, cwd=tmp_path, **servers)
    succeeds("run", "--out", "out", cwd=tmp_path, **servers)
    _same_as(reference, tmp_path / "out")
    again = succeeds("run", cwd=tmp_path, **servers)
    assert again["repeated"]
    query = "MATCH (a:Account)-[m:MEMBER_OF]->(r:Ring) RETURN count(m) AS members, count(DISTINCT r) AS rings"
    shown = neo4j_driver.execute_query(query).records[0]
    assert (shown["members"], shown["rings"]) == (again["output"]["members"], again["output"]["rings"])
    answer = succeeds("doctor", cwd=tmp_path, **servers)
    assert answer["well"]
    assert servers["GRAPH_PASSWORD"] not in str(answer)


@pytest.mark.parametrize("point", NEO4J_POINTS)
def test_killed_at_a_write_boundary_of_neo4j(
    point: str, servers: Settings, reference: Reference, tmp_path: Path
) -> None:
    killed = 0
    for command in (["ingest", reference.records], ["run", "--out", "out"]):
        done = ringleader(*command, cwd=tmp_path, **servers, FAULT=point)
        if done.returncode == -signal.SIGKILL:
            killed += 1
            done = ringleader(*command, cwd=tmp_path, **servers)
        assert done.returncode == 0, done.stderr
    assert killed, f"nothing passes {point}"
    _same_as(reference, tmp_path / "out")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"GRAPH_PASSWORD": "not-the-password"}, "password"),
        ({"GRAPH_URL": "bolt://127.0.0.1:9"}, "127.0.0.1:9"),
        ({"GRAPH_URL": "gopher://127.0.0.1"}, "gopher"),
        ({"LEDGER_URL": "postgresql://nobody:wrong@127.0.0.1:9/ringleader"}, "127.0.0.1:9"),
    ],
    ids=["wrong password", "graph store down", "wrong scheme", "ledger down"],
)
def test_a_server_that_fails_is_one_line(
    wrong: Settings, said: str, servers: Settings, reference: Reference, tmp_path: Path
) -> None:
    succeeds("ingest", reference.records, cwd=tmp_path, **servers)
    line = fails("run", cwd=tmp_path, **{**servers, **wrong})
    assert said in line
    assert servers["GRAPH_PASSWORD"] not in line
