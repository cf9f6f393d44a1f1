"""Every Cypher query, explained by the server: index look-ups where a node is named, and no blow-up."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import neo4j
import pytest

from graph.store.neo4j import Neo4jGraphStore
from graph.store.neo4j.connection import UNIQUE_LABELS, Connection, Server, cypher
from graph.store.queries import FOLDER
from graph.vocabulary import LinkKind, NodeKind, RunId
from tests.graph.store.records import rings_of, village
from tests.servers.neo4j_server import Neo4jServer

WORDS: dict[str, dict[str, str]] = {
    "unique_id": {"constraint": "ringleader_explained", "label": "Explained"},
    "upsert_node": {"label": NodeKind.ACCOUNT},
    "upsert_link": {"type": LinkKind.USED_DEVICE, "target": NodeKind.DEVICE},
    "remove_link": {"type": LinkKind.USED_DEVICE, "target": NodeKind.DEVICE},
    "nodes_of_kind": {"label": NodeKind.DEVICE},
    "links_of_kind": {"type": LinkKind.USED_DEVICE, "target": NodeKind.DEVICE},
    "telling_links": {"types": "|".join(LinkKind)},
    "remove_rings": {"label": "StagedRing"},
}
LOOKS_UP = {
    "centre": 1,
    "links_of_kind": 1,
    "mark_applied": 1,
    "nodes_of_kind": 1,
    "remove_link": 2,
    "set_schema": 1,
    "stage_member": 2,
    "stage_ring": 1,
    "lock_for_switch": 1,
    "shown_members": 1,
    "store_fact": 1,
    "switch_rings": 1,
    "upsert_link": 2,
    "upsert_node": 1,
}
"""How many nodes a query finds by id; the others name none by id."""

PARAMETERS = {
    "rows": [["a", "b", "", 1, 1, 0, 0, 0, 1.0, [1], [1], [1], ["e"]]],
    "epoch": datetime(1970, 1, 1, tzinfo=UTC),
    "id": "a",
    "frontier": ["4:0:0"],
    "labels": list(NodeKind),
    "since": None,
    "until": None,
    "links_per_node": 25,
    "run": "r",
    "mirroring": "m",
    "most": 1,
    "first": "",
    "nodes": 1,
    "schema": 1,
}
BLOW_UPS = {"AllNodesScan", "NodeIndexScan", "UnionNodeByLabelsScan"}
INDEX_SEEKS = {"NodeUniqueIndexSeek", "NodeUniqueIndexSeek(Locking)", "NodeUniqueIndexSeekByRange"}


def operators(plan: dict[str, Any]) -> list[str]:
    own = plan["operatorType"].partition("@")[0]
    return [own, *(operator for child in plan.get("children", []) for operator in operators(child))]


def products(plan: dict[str, Any]) -> list[list[str]]:
    """The operators below each cartesian product."""
    own = [operators(plan)[1:]] if "CartesianProduct" in plan["operatorType"] else []
    return [*own, *(product for child in plan.get("children", []) for product in products(child))]


@pytest.mark.parametrize("name", sorted(path.stem for path in (FOLDER / "neo4j").glob("*.cypher")))
def test_plan(name: str, clean_neo4j: Neo4jServer, neo4j_driver: neo4j.Driver) -> None:
    connection = Connection(Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password))
    connection.prepare()
    connection.close()
    with neo4j_driver.session() as session:
        summary = session.run("EXPLAIN " + cypher(name, **WORDS.get(name, {})), PARAMETERS).consume()
    assert summary.plan is not None
    found = operators(summary.plan)
    assert not BLOW_UPS & set(found), found
    one_row = INDEX_SEEKS | {"CartesianProduct", "Argument"}
    assert all(set(below) <= one_row for below in products(summary.plan)), found
    assert sum(operator in INDEX_SEEKS for operator in found) == LOOKS_UP.get(name, 0), found


def test_upserts_plan_no_eager(neo4j_driver: neo4j.Driver) -> None:
    plans = [
        *(cypher("upsert_node", label=kind) for kind in NodeKind),
        *(cypher("upsert_link", type=kind, target=kind.target) for kind in LinkKind),
    ]
    with neo4j_driver.session() as session:
        for text in plans:
            plan = session.run("EXPLAIN " + text, PARAMETERS).consume().plan
            assert plan is not None
            assert "Eager" not in operators(plan), text


def test_every_label_that_is_looked_up_is_unique(clean_neo4j: Neo4jServer, neo4j_driver: neo4j.Driver) -> None:
    connection = Connection(Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password))
    connection.prepare()
    connection.close()
    with neo4j_driver.session() as session:
        rows = session.run("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties").values()
    assert {labels[0] for kind, labels, properties in rows if properties == ["id"]} >= set(UNIQUE_LABELS)


def test_simple_pattern_shows_the_last_run_only(clean_neo4j: Neo4jServer, neo4j_driver: neo4j.Driver) -> None:
    server = Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password)
    with closing(Neo4jGraphStore(server)) as store:
        store.prepare()
        village().store(store)
        for run in ("one", "two", "two", "three"):
            store.mirror_rings(RunId(run), *rings_of(run))
            rows = neo4j_driver.execute_query(
                "MATCH (a:Account)-[m:MEMBER_OF]->(r:Ring) RETURN a.id, r.id, r.run, m.run, m.role, m.score, m.tier"
            ).records
            every = [(a, f"{run} ring {n}", run, run, "participant", 0.5, "watch") for a in "ab" for n in range(2)]
            assert sorted(tuple(row.values()) for row in rows) == sorted(every)
