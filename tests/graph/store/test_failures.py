"""What goes wrong with a store is one clear line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import neo4j
import pytest

from graph.errors import RingleaderError, SettingsError, StoreError, StoreUnavailableError
from graph.store import sqlite_file
from graph.store.neo4j import Neo4jGraphStore, Server
from graph.store.neo4j.connection import refuse_old
from graph.store.opening import open_store
from graph.store.sqlite import SqliteGraphStore
from graph.vocabulary import NodeKind
from tests.graph.store.records import nodes, village
from tests.servers.neo4j_server import Neo4jServer
from tests.servers.process import free_port


def one_line(error: pytest.ExceptionInfo[RingleaderError]) -> str:
    line = str(error.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "sqlite:///",
            "sqlite://",
            "postgresql://h/d",
            "neo4j:///",
            "neo4j://h:x",
            "bolt://host",
            "bolt://user@host",
        ],
    )
    def test_that_names_no_store(self, url: str) -> None:
        with pytest.raises(SettingsError) as error:
            open_store(url)
        assert one_line(error)

    def test_password_is_not_shown(self) -> None:
        server = Server("bolt://127.0.0.1:1", "neo4j", "hush")
        assert "hush" not in repr(server)
        store = open_store(f"bolt://neo4j:hush@127.0.0.1:{free_port()}")
        with closing(store), pytest.raises(StoreError) as error:
            store.mirrored_run()
        assert "hush" not in one_line(error)

    def test_path_and_sqlite_url_are_the_same_file(self, tmp_path: Path) -> None:
        with (
            closing(open_store(str(tmp_path / "g.db"))) as one,
            closing(open_store(f"sqlite:///{tmp_path}/g.db")) as other,
        ):
            one.prepare()
            one.mark_applied(["s"])
            assert other.applied_segments() == {"s"}


class TestSqlite:
    def test_not_there(self, tmp_path: Path) -> None:
        with closing(SqliteGraphStore(tmp_path / "none.db")) as store, pytest.raises(StoreError) as error:
            store.snapshot()
        assert "there is no graph store yet" in one_line(error)
        assert not (tmp_path / "none.db").exists()

    def test_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "g.db").touch()
        with closing(SqliteGraphStore(tmp_path / "g.db")) as store, pytest.raises(StoreError) as error:
            store.snapshot()
        assert "not prepared" in one_line(error)

    def test_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "g.db").write_text("account_id\n" * 100)
        with closing(SqliteGraphStore(tmp_path / "g.db")) as store, pytest.raises(StoreError) as error:
            store.prepare()
        assert "not a graph store" in one_line(error)

    def test_database_of_something_else(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "g.db")) as other:
            other.execute("CREATE TABLE theirs (x)")
        with closing(SqliteGraphStore(tmp_path / "g.db")) as store, pytest.raises(StoreError) as error:
            store.prepare()
        assert "something else" in one_line(error)

    def test_newer_schema(self, tmp_path: Path) -> None:
        with closing(SqliteGraphStore(tmp_path / "g.db")) as store:
            store.prepare()
        with closing(sqlite3.connect(tmp_path / "g.db")) as other:
            other.execute("PRAGMA user_version = 99")
        for use in (SqliteGraphStore.prepare, SqliteGraphStore.snapshot):
            with closing(SqliteGraphStore(tmp_path / "g.db")) as store, pytest.raises(StoreError) as error:
                use(store)
            assert "newer Ringleader" in one_line(error)

    def test_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.2)
        with (
            closing(SqliteGraphStore(tmp_path / "g.db")) as store,
            closing(sqlite3.connect(tmp_path / "g.db", isolation_level=None)) as other,
        ):
            store.prepare()
            other.execute("BEGIN IMMEDIATE")
            assert store.applied_segments() == frozenset()
            with pytest.raises(StoreUnavailableError) as error:
                store.mark_applied(["s"])
            assert "another process has locked" in one_line(error)
            other.execute("ROLLBACK")
            store.mark_applied(["s"])

    def test_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "g.db"
        with closing(SqliteGraphStore(path)) as store:
            store.prepare()
            store.upsert_nodes(NodeKind.DEVICE, nodes(NodeKind.DEVICE, [f"d{n}" for n in range(20_000)]))
        content = bytearray(path.read_bytes())
        content[8_192 : len(content) // 2] = b"\xff" * (len(content) // 2 - 8_192)
        path.write_bytes(content)
        with closing(SqliteGraphStore(path)) as store, pytest.raises(StoreError) as error:
            store.snapshot()
        assert "damaged" in one_line(error)

    def test_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with closing(SqliteGraphStore(tmp_path / "file" / "g.db")) as store, pytest.raises(StoreError) as error:
            store.prepare()
        assert "folder" in one_line(error)

    def test_closed(self, tmp_path: Path) -> None:
        store = SqliteGraphStore(tmp_path / "g.db")
        store.prepare()
        store.close()
        with pytest.raises(StoreError) as error:
            store.snapshot()
        assert "closed" in one_line(error)


class TestNeo4j:
    def test_down(self) -> None:
        server = Server(f"bolt://127.0.0.1:{free_port()}", "neo4j", "password")
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreUnavailableError) as error:
            store.prepare()
        assert "does not answer" in one_line(error)

    def test_no_such_host(self) -> None:
        server = Server("neo4j://nowhere.invalid:7687", "neo4j", "password")
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreUnavailableError) as error:
            store.prepare()
        assert "does not answer" in one_line(error)

    def test_wrong_password(self, neo4j_server: Neo4jServer) -> None:
        server = Server(neo4j_server.url, neo4j_server.user, "wrong")
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreError) as error:
            store.prepare()
        assert "password" in one_line(error)
        assert not isinstance(error.value, StoreUnavailableError)

    def test_no_such_database(self, neo4j_server: Neo4jServer) -> None:
        server = Server(neo4j_server.url, neo4j_server.user, neo4j_server.password, "nowhere")
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreError) as error:
            store.prepare()
        assert "no database nowhere" in one_line(error)

    def test_encryption_that_the_server_does_not_speak(self, neo4j_server: Neo4jServer) -> None:
        url = neo4j_server.url.replace("bolt://", "bolt+s://")
        server = Server(url, neo4j_server.user, neo4j_server.password)
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreUnavailableError) as error:
            store.prepare()
        assert "scheme" in one_line(error)

    def test_not_prepared(self, clean_neo4j: Neo4jServer) -> None:
        server = Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password)
        with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreError) as error:
            store.snapshot()
        assert "not prepared" in one_line(error)

    def test_newer_schema(self, clean_neo4j: Neo4jServer, neo4j_driver: neo4j.Driver) -> None:
        server = Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password)
        neo4j_driver.execute_query("CREATE (:RingleaderStore {id: 'store', schema: 99})")
        for use in (Neo4jGraphStore.prepare, Neo4jGraphStore.snapshot):
            with closing(Neo4jGraphStore(server)) as store, pytest.raises(StoreError) as error:
                use(store)
            assert "newer Ringleader" in one_line(error)

    def test_closed(self, clean_neo4j: Neo4jServer) -> None:
        store = Neo4jGraphStore(Server(clean_neo4j.url, clean_neo4j.user, clean_neo4j.password))
        store.prepare()
        village().store(store)
        store.close()
        with pytest.raises(StoreError) as error:
            store.snapshot()
        assert "closed" in one_line(error)

    @pytest.mark.parametrize("agent", ["Neo4j/5.26.18", "Neo4j/5.26.0-aura", "Neo4j/2025.01.0", "Neo4j/2026.09.0"])
    def test_version_that_is_supported(self, agent: str) -> None:
        refuse_old(agent, "bolt://host")

    @pytest.mark.parametrize("agent", ["Neo4j/3.5.35", "Neo4j/4.4.42", "Neo4j/5.25.1", "Memgraph/2.0", "Neo4j/dev", ""])
    def test_version_that_is_not(self, agent: str) -> None:
        with pytest.raises(StoreError) as error:
            refuse_old(agent, "bolt://host")
        assert "5.26 or later" in one_line(error)
