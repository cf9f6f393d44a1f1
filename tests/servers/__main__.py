"""`python -m tests.servers`: both servers until interrupted, their URLs as the variables that the tests read."""

from __future__ import annotations

import signal
import sys

from tests.servers.fetching import ServerError
from tests.servers.neo4j_server import running_neo4j
from tests.servers.postgres_server import running_postgres


def main() -> int:
    try:
        with running_neo4j() as neo4j, running_postgres() as postgres:
            print(f"export RINGLEADER_TEST_NEO4J_URL={neo4j.url}")
            print(f"export RINGLEADER_TEST_NEO4J_USER={neo4j.user}")
            print(f"export RINGLEADER_TEST_NEO4J_PASSWORD={neo4j.password}")
            print(f"export RINGLEADER_TEST_POSTGRES_URL={postgres}", flush=True)
            signal.pause()
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
