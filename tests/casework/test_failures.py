"""What goes wrong with a database, and the one line that says so."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.connection import parse_place
from casework.ledger import Ledger
from graph.errors import RingleaderError, SettingsError, StoreError, StoreUnavailableError
from graph.vocabulary import RunId
from tests.casework.runs import small_detection


def line(kind: type[RingleaderError], ledger: Ledger) -> str:
    with pytest.raises(RingleaderError) as caught:
        ledger.latest()
    ledger.close()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("runs/ledger.db", "runs/ledger.db"),
        ("/var/ledger.db", "/var/ledger.db"),
        ("sqlite:///runs/ledger.db", "runs/ledger.db"),
        ("sqlite:////var/ledger.db", "/var/ledger.db"),
    ],
)
def test_forms_of_a_sqlite_url(url: str, path: str) -> None:
    assert parse_place(url).path == Path(path)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_forms_of_a_postgres_url(scheme: str) -> None:
    place = parse_place(f"{scheme}://ann:s3cret@db.example:5433/book?sslmode=require")
    assert place.url is not None
    assert place.url.drivername == "postgresql+psycopg"
    assert (place.url.password, place.url.query["sslmode"]) == ("s3cret", "require")
    assert place.shown == "postgresql://db.example:5433/book"


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://a:s3cret@b/c", "postgresql://a:s3cret@b:x/c"])
def test_what_is_no_place_for_a_ledger(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Ledger(url)
    assert "s3cret" not in str(caught.value)


def test_no_file_is_made_by_reading(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    assert line(StoreUnavailableError, Ledger(str(path))) == (
        f"no ledger can be opened ({path}); check the path and its permissions"
    )
    assert not path.exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("once upon a time " * 100)
    assert "the ledger is not a sound SQLite file: file is not a database" in line(StoreError, Ledger(str(path)))


def test_a_path_in_a_file_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    with pytest.raises(StoreError, match="no folder can be made for the ledger"):
        Ledger(str(tmp_path / "occupied" / "ledger.db")).migrate()


def test_a_locked_file(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.db")
    ledger = Ledger(path, lock_seconds=0.1)
    ledger.migrate()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="the ledger is locked by another process"):
            ledger.publish(RunId("run"), {}, small_detection(), [])


def test_a_locked_postgres(postgres_database: str) -> None:
    ledger = Ledger(postgres_database, lock_seconds=0.1)
    ledger.migrate()
    with ledger._connections.transaction("write") as other:
        other.exec_driver_sql("SELECT * FROM latest_run FOR UPDATE")
        with pytest.raises(StoreUnavailableError, match="the ledger is locked by another process"):
            ledger.publish(RunId("run"), {}, small_detection(), [])
    ledger.close()


def test_nothing_set_up_yet(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    ledger._connections.create()
    assert "the ledger holds no Ringleader tables" in line(StoreError, ledger)


@pytest.mark.parametrize(
    ("revision", "expected"), [("999", "set up by a newer Ringleader"), ("000", "the ledger's schema is older")]
)
def test_another_schema(ledger: Ledger, revision: str, expected: str) -> None:
    with ledger._connections.transaction("write") as connection:
        connection.execute(sa.text("UPDATE ledger_version SET version_num = :revision"), {"revision": revision})
    assert expected in line(StoreError, ledger)
    if revision == "999":
        with pytest.raises(StoreError, match="set up by a newer Ringleader"):
            ledger.migrate()


def test_postgres_down() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    found = line(StoreUnavailableError, Ledger(f"postgresql://ann:s3cret@127.0.0.1:{port}/book"))
    assert f"(postgresql://127.0.0.1:{port}/book); check that PostgreSQL runs" in found
    assert "s3cret" not in found


def test_postgres_refuses_the_password(postgres_database: str) -> None:
    wrong = sa.make_url(postgres_database).set(password="s3cret-and-wrong")
    found = line(StoreError, Ledger(wrong.render_as_string(hide_password=False)))
    assert found.startswith("the ledger's user or password is wrong (postgresql://")
    assert "s3cret" not in found


def test_postgres_has_no_such_database(postgres_database: str) -> None:
    assert line(StoreError, Ledger(postgres_database + "_not")).startswith("the ledger's database does not exist")


def test_postgres_ends_the_connection_and_comes_back(postgres_database: str) -> None:
    ledger = Ledger(postgres_database)
    ledger.migrate()
    with pytest.raises(StoreUnavailableError), ledger._connections.transaction("read") as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert ledger.latest() is None
    ledger.close()
