"""`python -m tests.graph.tape.loading INPUT TAPE STORE`: a load that a test may kill at a named fault point."""

from __future__ import annotations

import sys
from pathlib import Path

from graph.ingest import ingest_records
from graph.load import load_graph
from graph.store.opening import open_store
from graph.tape import Tape

if __name__ == "__main__":
    source, root, location = sys.argv[1:]
    tape = Tape(Path(root))
    ingest_records(Path(source), tape)
    store = open_store(location)
    store.prepare()
    load_graph(tape, store)
    store.close()
