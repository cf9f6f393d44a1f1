"""Where the graph lives: one port, an embedded adapter (SQLite) and a server one (Neo4j)."""
