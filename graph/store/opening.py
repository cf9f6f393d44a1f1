"""From a store's URL to the store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from graph.errors import SettingsError
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore

SQLITE_SCHEME = "sqlite:///"
NEO4J_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
SHAPES = "give a path, sqlite:///PATH, or neo4j://USER:PASSWORD@HOST:7687[/DATABASE]"


def open_store(url: str, *, user: str | None = None, password: str | None = None) -> GraphStore:
    """The store at a URL: a file path or `sqlite:///path` (a fourth slash makes it absolute), or a Neo4j server's
    `neo4j://`, `neo4j+s://`, `bolt://` ... with the database's name as its path (none: the server's default one).

    `user` and `password` win over those in the URL. Nothing is read or written yet. Raises SettingsError for another
    URL or missing credentials.
    """
    if not url:
        raise SettingsError("no graph store is named", do=SHAPES)
    if "://" not in url:
        return SqliteGraphStore(Path(url).expanduser())
    if url.startswith(SQLITE_SCHEME) and len(url) > len(SQLITE_SCHEME):
        return SqliteGraphStore(Path(url.removeprefix(SQLITE_SCHEME)).expanduser())
    scheme = url.partition("://")[0]
    if scheme not in NEO4J_SCHEMES:
        raise SettingsError(f"no graph store is reached by {scheme}://", do=SHAPES)
    return _neo4j(url, user, password)


def _neo4j(url: str, user: str | None, password: str | None) -> GraphStore:
    from graph.store.neo4j import Neo4jGraphStore, Server

    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsError("the port of the graph store's URL is no number", do=SHAPES) from error
    if not parts.hostname:
        raise SettingsError("the graph store's URL names no host", do=SHAPES)
    user = user or unquote(parts.username or "")
    password = password or unquote(parts.password or "")
    if not user or not password:
        raise SettingsError("Neo4j needs a user and a password", where=parts.hostname, do=SHAPES)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return Neo4jGraphStore(Server(address, user, password, parts.path.strip("/") or None))
