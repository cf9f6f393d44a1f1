"""How an analyst reads the rings, without our code: plain SQL and plain Cypher."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import neo4j

from graph.store.queries import query

Membership = tuple[str, str, str]


def shown_members(url: str) -> set[Membership]:
    """(account, ring, run) as an analyst reads them."""
    return next(watched_members(url, threading.Event()))


def watched_members(url: str, stop: threading.Event) -> Iterator[set[Membership]]:
    watch = _watched_in_sqlite if url.startswith("sqlite") else _watched_in_neo4j
    return watch(url, stop)


def _watched_in_sqlite(url: str, stop: threading.Event) -> Iterator[set[Membership]]:
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as connection:
        while not stop.is_set():
            yield set(connection.execute("SELECT account_id, ring_id, run FROM member_of"))


def _watched_in_neo4j(url: str, stop: threading.Event) -> Iterator[set[Membership]]:
    scheme, _, rest = url.partition("://")
    credentials, _, address = rest.rpartition("@")
    user, _, password = credentials.partition(":")
    with (
        neo4j.GraphDatabase.driver(f"{scheme}://{address}", auth=(user, password)) as driver,
        driver.session() as session,
    ):
        while not stop.is_set():
            result = session.run(query("neo4j/shown_members.cypher"))
            yield {(account, ring, run) for account, ring, run in result.values()}
