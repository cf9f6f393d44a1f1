"""`python -m tests.graph.store.killed URL`: everything that a store writes, for a test to kill on the way."""

from __future__ import annotations

import sys
from contextlib import closing

from graph.store.opening import open_store
from graph.store.port import GraphStore
from graph.vocabulary import LinkKind, RunId
from tests.graph.store.records import link, links, rings_of, village


def write_all(store: GraphStore) -> None:
    store.prepare()
    village().store(store)
    short_lived = links(link("d", "phone", [19_001]))
    store.upsert_links(LinkKind.USED_DEVICE, short_lived)
    store.remove_links(LinkKind.USED_DEVICE, short_lived)
    store.mark_applied(["2022-01-08", "2022-01-09"])
    store.mirror_rings(RunId("first"), *rings_of("first"))
    store.mirror_rings(RunId("second"), *rings_of("second"))
    store.mirror_rings(RunId("third"), *rings_of("third"))


if __name__ == "__main__":
    with closing(open_store(sys.argv[1])) as opened:
        write_all(opened)
