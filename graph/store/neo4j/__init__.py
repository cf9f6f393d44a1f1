"""The graph store on a Neo4j server; the only package that imports its driver."""

from graph.store.neo4j.connection import Server
from graph.store.neo4j.store import Neo4jGraphStore

__all__ = ["Neo4jGraphStore", "Server"]
