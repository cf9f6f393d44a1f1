"""How the ledger reaches its database: URLs, transactions, and what a failure is called."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from graph.errors import SettingsError, StoreError, StoreUnavailableError

Access = Literal["read", "write"]

CONNECT_SECONDS = 10
LOCK_SECONDS = 30.0

_POSTGRES = {"postgresql", "postgres", "postgresql+psycopg"}


@dataclass(frozen=True)
class Place:
    """Where a ledger is. `url` is set for PostgreSQL, `path` for SQLite; `shown` holds no password."""

    shown: str
    url: sa.URL | None = None
    path: Path | None = None


def parse_place(url: str) -> Place:
    """A bare path, `sqlite:///path` (four slashes: absolute) or `postgresql://user:password@host:port/database`.

    Raises SettingsError for anything else, without repeating it: it may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if not url or (separator and scheme == "sqlite" and not rest.removeprefix("/")):
        raise SettingsError("the ledger has no path", do="name a file or a postgresql:// URL")
    if not separator:
        return Place(url, path=Path(url))
    if scheme == "sqlite":
        path = Path(rest.removeprefix("/"))
        return Place(str(path), path=path)
    if scheme not in _POSTGRES:
        raise SettingsError(f"a ledger cannot be a {scheme}:// URL", do="name a file or a postgresql:// URL")
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise SettingsError("the ledger's URL cannot be read", do="write postgresql://user:password@host/db") from None
    shown = f"postgresql://{parsed.host or ''}{f':{parsed.port}' if parsed.port else ''}/{parsed.database or ''}"
    return Place(shown, url=parsed)


class Connections:
    """Transactions on one ledger database; reading SQLite never makes a file."""

    def __init__(self, place: Place, lock_seconds: float = LOCK_SECONDS) -> None:
        self.place = place
        self._lock_seconds = lock_seconds
        self._engine = self._sqlite(place.path) if place.path else self._postgres(place.url)

    @contextmanager
    def transaction(self, access: Access) -> Iterator[sa.Connection]:
        """All or nothing; a writer is alone on SQLite. Database errors leave as StoreError, StoreUnavailableError."""
        with self._translated(), self._engine.connect() as connection:
            connection = connection.execution_options(access=access)
            with connection.begin():
                if access == "write" and self.place.url is not None:
                    milliseconds = int(self._lock_seconds * 1000)
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")
                yield connection

    def create(self) -> None:
        """Make the SQLite file, in WAL mode, where there is none; nothing to do on PostgreSQL."""
        if self.place.path is None:
            return
        with self._translated():
            try:
                self.place.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    "no folder can be made for the ledger", where=str(error), do="choose another path"
                ) from error
            connection = self._open_sqlite(self.place.path, "rwc")
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()

    def close(self) -> None:
        self._engine.dispose()

    def _open_sqlite(self, path: Path, mode: str) -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=self._lock_seconds, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _sqlite(self, path: Path) -> sa.Engine:
        engine = sa.create_engine("sqlite://", creator=lambda: self._open_sqlite(path, "rw"), poolclass=NullPool)

        def begin(connection: sa.Connection) -> None:
            writes = connection.get_execution_options().get("access") == "write"
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        event.listen(engine, "begin", begin)
        return engine

    def _postgres(self, url: sa.URL | None) -> sa.Engine:
        if url is None:
            raise SettingsError("the ledger has neither a path nor a URL")
        settings: dict[str, Any] = {"application_name": "ringleader"}
        if "connect_timeout" not in url.query:
            settings["connect_timeout"] = CONNECT_SECONDS
        return sa.create_engine(url, connect_args=settings, pool_pre_ping=True, pool_size=2, max_overflow=4)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise failure(error.orig or error, self.place.shown) from error
        except (psycopg.Error, sqlite3.Error) as error:
            raise failure(error, self.place.shown) from error


def failure(error: BaseException, where: str) -> StoreError:
    """The one line for what a driver raised."""
    if isinstance(error, psycopg.Error):
        return _postgres_failure(error, where)
    text = str(error)
    if "unable to open" in text:
        return StoreUnavailableError("no ledger can be opened", where=where, do="check the path and its permissions")
    if "locked" in text or "busy" in text:
        return StoreUnavailableError("the ledger is locked by another process", where=where, do="try again later")
    if "not a database" in text or "malformed" in text:
        return StoreError(f"the ledger is not a sound SQLite file: {text}", where=where, do="name another file")
    if "no such table" in text:
        return not_set_up(where)
    return StoreError(f"the ledger refused: {text}", where=where, do="see its message")


def not_set_up(where: str) -> StoreError:
    return StoreError("the ledger holds no Ringleader tables", where=where, do="publish a run with `ringleader run`")


_REFUSED = {
    "28P01": ("the ledger's user or password is wrong", "check the credentials in the URL"),
    "28000": ("the ledger does not let this user in", "check the user in the URL"),
    "3D000": ("the ledger's database does not exist", "create it, or name another in the URL"),
    "42501": ("the ledger's user lacks rights", "grant CREATE and ALL on the schema"),
}


def _postgres_failure(error: psycopg.Error, where: str) -> StoreError:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    state = error.sqlstate or _state_at_connection(str(error))
    if state in _REFUSED:
        what, advice = _REFUSED[state]
        return StoreError(what, where=where, do=advice)
    if state == "42P01":
        return not_set_up(where)
    if state == "55P03":
        return StoreUnavailableError("the ledger is locked by another process", where=where, do="try again later")
    if isinstance(error, psycopg.OperationalError) and (state is None or state[:2] in {"08", "53", "57"}):
        return StoreUnavailableError(
            f"the ledger does not answer: {first}", where=where, do="check that PostgreSQL runs and is reachable"
        )
    return StoreError(f"the ledger refused: {first}", where=where, do="see its message")


def _state_at_connection(text: str) -> str | None:
    """libpq gives no SQLSTATE for a refused connection, only the server's words."""
    if "password authentication failed" in text or "no password supplied" in text:
        return "28P01"
    if "no pg_hba.conf entry" in text or ("role" in text and "does not exist" in text):
        return "28000"
    if "database" in text and "does not exist" in text:
        return "3D000"
    return None
