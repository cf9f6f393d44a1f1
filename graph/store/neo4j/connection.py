"""The connection to a Neo4j server: its version, transactions, schema, and errors in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.errors import StoreError, StoreUnavailableError
from graph.faults import fault_point
from graph.store.queries import query
from graph.vocabulary import NodeKind

OLDEST_VERSION = (5, 26)
SCHEMA = 1
"""What `prepare` brings a database to."""

FETCH_SIZE = 10_000
UNIQUE_LABELS = (*(kind.value for kind in NodeKind), "StagedRing", "TapeSegment", "RingleaderStore")

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Server:
    """Where a Neo4j server is and who we are there; `database` None is the user's default one."""

    url: str
    user: str
    password: str = field(repr=False)
    database: str | None = None


class Connection:
    """Made when first used, then shared by all threads; retries what the driver calls transient."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._driver: neo4j.Driver | None = None
        self._lock = Lock()
        self._prepared = False
        self._closed = False

    def prepare(self) -> None:
        """Make constraints and indexes. Raises StoreError for a database that a newer Ringleader wrote."""
        self._schema()
        for label in UNIQUE_LABELS:
            self._make(cypher("unique_id", constraint=f"ringleader_{label.lower()}", label=label))
        self._make(cypher("ring_index"))
        self._in_transaction("waiting for the indexes", True, lambda tx: tx.run("CALL db.awaitIndexes(600)").consume())
        self._in_transaction("preparing the store", True, _set_schema)

    def read(self, step: str, work: Callable[[neo4j.ManagedTransaction], Answer]) -> Answer:
        """`work` in one read transaction, again after a transient failure. `step` names it in errors."""
        self._check()
        return self._in_transaction(step, False, work)

    def write(self, step: str, fault: str, work: Callable[[neo4j.ManagedTransaction], Answer]) -> Answer:
        """As `read`, in one write transaction; `fault` is the fault point just before it is committed."""

        def whole(transaction: neo4j.ManagedTransaction) -> Answer:
            answer = work(transaction)
            fault_point(fault)
            return answer

        self._check()
        return self._in_transaction(step, True, whole)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._driver is not None:
                self._driver.close()
                self._driver = None

    def _check(self) -> None:
        if not self._prepared:
            if self._schema() != SCHEMA:
                raise StoreError("the store is not prepared", where=self.server.url, do="ingest some records first")
            self._prepared = True

    def _schema(self) -> int:
        record = self._in_transaction("reading the schema", False, lambda tx: tx.run(cypher("store_fact")).single())
        version = int(record["schema"]) if record and record["schema"] is not None else 0
        if version > SCHEMA:
            newest = f"schema {version}, this Ringleader knows {SCHEMA}"
            message = f"the store was written by a newer Ringleader ({newest})"
            raise StoreError(message, where=self.server.url, do="upgrade")
        return version

    def _make(self, statement: str) -> None:
        self._in_transaction("making constraints and indexes", True, lambda tx: tx.run(statement).consume())

    def _in_transaction(self, step: str, writing: bool, work: Callable[[neo4j.ManagedTransaction], Answer]) -> Answer:
        with self._errors_told(step), self._session() as session:
            return session.execute_write(work) if writing else session.execute_read(work)

    def _session(self) -> neo4j.Session:
        with self._lock:
            if self._closed:
                raise StoreError("the store was closed", where=self.server.url, do="open it again")
            if self._driver is None:
                self._driver = self._connected()
            return self._driver.session(database=self.server.database, fetch_size=FETCH_SIZE)

    def _connected(self) -> neo4j.Driver:
        server = self.server
        driver = neo4j.GraphDatabase.driver(
            server.url,
            auth=(server.user, server.password),
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
        )
        try:
            refuse_old(driver.get_server_info().agent, server.url)
        except BaseException:
            driver.close()
            raise
        return driver

    @contextmanager
    def _errors_told(self, step: str) -> Iterator[None]:
        try:
            yield
        except (DriverError, Neo4jError) as error:
            raise _told(error, step, self.server) from error


def _set_schema(transaction: neo4j.ManagedTransaction) -> None:
    transaction.run(cypher("set_schema"), schema=SCHEMA).consume()
    fault_point("store.prepare")


def refuse_old(agent: str, where: str) -> None:
    """Raises StoreError for a server that says of itself `Neo4j/4.4.42`, say, or that is no Neo4j."""
    found = re.fullmatch(r"Neo4j/(\d+)\.(\d+).*", agent)
    if not found:
        raise StoreError(f"the server is no Neo4j but {agent}", where=where, do="use Neo4j 5.26 or later")
    if (int(found[1]), int(found[2])) < OLDEST_VERSION:
        raise StoreError(f"the server is {agent}", where=where, do="upgrade it to Neo4j 5.26 or later")


def cypher(name: str, **names: str) -> str:
    """A query with the labels and types in it; these come from the vocabulary, never from data."""
    text = query(f"neo4j/{name}.cypher")
    for placeholder, word in names.items():
        text = text.replace("{" + placeholder + "}", word)
    return text


ADVICE: tuple[tuple[type[Exception], str, str], ...] = (
    (AuthError, "the user or the password is wrong, or there were too many wrong ones", "check both, wait a moment"),
    (ServiceUnavailable, "Neo4j does not answer", "check that it runs, and the URL's host, port and scheme"),
    (SessionExpired, "Neo4j does not answer", "check that it runs, and repeat the command"),
    (TransientError, "Neo4j could not do it after several tries", "repeat the command later"),
    (ConfigurationError, "the connection's settings are wrong", "check the URL"),
)


def _told(error: Exception, step: str, server: Server) -> StoreError:
    where = f"{step}, {server.url}"
    if isinstance(error, ClientError) and error.code == "Neo.ClientError.Database.DatabaseNotFound":
        return StoreError(f"there is no database {server.database}", where=where, do="check the path of the URL")
    for kind, what, do in ADVICE:
        if isinstance(error, kind):
            unavailable = issubclass(kind, (ServiceUnavailable, SessionExpired, TransientError))
            return (StoreUnavailableError if unavailable else StoreError)(what, where=where, do=do)
    said: Any = getattr(error, "message", None) or error
    return StoreError(f"Neo4j answered: {str(said).splitlines()[0]}", where=where)
