"""The SQLite file behind the embedded store: connections, transactions, schema versions, and errors in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from time import monotonic, sleep

from graph.errors import StoreError, StoreUnavailableError
from graph.faults import fault_point
from graph.store.queries import query
from graph.vocabulary import LinkKind, NodeKind

APPLICATION_ID = 0x52494E47
"""Marks a file as one of ours ("RING")."""

MIGRATIONS = ("sqlite/migration_1.sql",)
"""From an empty file to the newest schema, a file per version."""

BUSY_SECONDS = 60.0
CACHE_KIBIBYTES = 256 * 1024

ADVICE = {
    sqlite3.SQLITE_NOTADB: ("the file is not a graph store", "name another file"),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "restore it, or delete it and ingest the records again"),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "check that its folder exists and may be written"),
    sqlite3.SQLITE_READONLY: ("the file may not be written", "check its permissions"),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and repeat the command"),
    sqlite3.SQLITE_IOERR: ("the disk failed", "check the disk and its free space"),
}


class SqliteFile:
    """One file, used by any number of threads and processes: many readers and one writer at a time.

    Connections are made when needed and kept for the next use; each is used by one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._lock = Lock()
        self._closed = False
        self._checked = False

    def migrate(self) -> None:
        """Bring the file to the newest schema, from nothing if it must. Raises StoreError for a newer one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the folder cannot be made: {error.strerror}", where=str(self.path)) from error
        with self._connection("preparing the store", create=True) as connection:
            _use_write_ahead_log(connection)
            with _transaction(connection, "BEGIN IMMEDIATE"):
                version = self._version(connection, empty_allowed=True)
                for migration in MIGRATIONS[version:]:
                    run_script(connection, query(migration))
                words = [(kind.value,) for kind in (*NodeKind, *LinkKind)]
                connection.executemany("INSERT OR IGNORE INTO word (name) VALUES (?)", words)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
                fault_point("store.prepare")

    @contextmanager
    def reading(self, step: str) -> Iterator[sqlite3.Connection]:
        """A transaction that sees the store as it is now, whatever is written meanwhile. `step` names it in errors."""
        with self._connection(step) as connection, _transaction(connection, "BEGIN"):
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self, step: str, fault: str) -> Iterator[sqlite3.Connection]:
        """A transaction that is written whole or not at all; `fault` is the fault point just before it is."""
        with self._connection(step) as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            self._check(connection)
            yield connection
            fault_point(fault)

    def close(self) -> None:
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    @contextmanager
    def _connection(self, step: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise StoreError("the store was closed", where=str(self.path), do="open it again")
        with self._errors_told(step):
            connection = self._idle_or_new(create)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.put(connection)
            if self._closed:
                self.close()

    def _idle_or_new(self, create: bool) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        if not create and not self.path.exists():
            raise StoreError("there is no graph store yet", where=str(self.path), do="ingest some records first")
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        if not self._checked:
            self._version(connection, empty_allowed=False)
            self._checked = True

    def _version(self, connection: sqlite3.Connection, *, empty_allowed: bool) -> int:
        where = str(self.path)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and application != APPLICATION_ID:
            raise StoreError("the file is a database of something else", where=where, do="name another file")
        if version > len(MIGRATIONS):
            newest = f"schema {version}, this Ringleader knows {len(MIGRATIONS)}"
            raise StoreError(f"the store was written by a newer Ringleader ({newest})", where=where, do="upgrade")
        if version < len(MIGRATIONS) and not empty_allowed:
            raise StoreError("the store is not prepared", where=where, do="ingest some records first")
        return version

    @contextmanager
    def _errors_told(self, step: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _told(error, step, str(self.path)) from error


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a file to write-ahead logging, once; SQLite never waits for other connections here, so we do."""
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.02)


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Statement by statement, within the transaction that is open (`executescript` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _told(error: sqlite3.Error, step: str, path: str) -> StoreError:
    where = f"{step}, {path}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        message = f"another process has locked the graph store for more than {BUSY_SECONDS:.0f} s"
        return StoreUnavailableError(message, where=where, do="wait for it or stop it, then repeat the command")
    if code == sqlite3.SQLITE_CONSTRAINT and "NOT NULL" in str(error):
        return StoreError("a link or a member names a node that the store does not have", where=where)
    what, do = ADVICE.get(code, (f"the graph store answered: {error}", ""))
    return StoreError(what, where=where, do=do)
