"""A process killed at any write boundary, then run again, leaves what an undisturbed one leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from graph.errors import StoreError
from graph.faults import FAULT_VARIABLE
from graph.store.opening import open_store
from graph.store.port import Bounds
from graph.vocabulary import AccountId
from tests.graph.store.analyst import shown_members
from tests.graph.store.records import same, shown, village

EVERYWHERE = (
    "store.prepare",
    "store.nodes:1",
    "store.nodes:4",
    "store.links:1",
    "store.links:9",
    "store.unlinked",
    "store.applied",
)
FAULTS = {
    "sqlite": (*EVERYWHERE, "store.rings:1", "store.rings:2"),
    "neo4j": (
        *EVERYWHERE,
        "store.rings:1",
        "store.rings:2",
        "store.members:2",
        "store.switch:1",
        "store.switch:2",
        "store.removed:1",
        "store.switch:3",
        "store.removed:6",
        "store.removed:7",
    ),
}


def write_all(url: str, fault: str | None) -> int:
    environment = {name: value for name, value in os.environ.items() if name != FAULT_VARIABLE}
    if fault:
        environment[FAULT_VARIABLE] = fault
    return subprocess.run(
        [sys.executable, "-m", "tests.graph.store.killed", url], env=environment, check=False
    ).returncode


def memberships(run: str) -> set[tuple[str, str, str]]:
    return {(account, f"{run} ring {n}", run) for account in "ab" for n in range(2)}


@pytest.mark.parametrize(
    ("graph_url", "fault"),
    [(adapter, fault) for adapter, faults in FAULTS.items() for fault in faults],
    indirect=["graph_url"],
)
def test_killed_and_run_again(graph_url: str, fault: str) -> None:
    assert write_all(graph_url, fault) == -signal.SIGKILL
    if fault == "store.prepare":
        with closing(open_store(graph_url)) as store, pytest.raises(StoreError, match="not prepared"):
            store.mirrored_run()
    else:
        assert_whole_so_far(graph_url)
    assert write_all(graph_url, None) == 0
    with closing(open_store(graph_url)) as store:
        assert same(store.snapshot(), village().snapshot())
        assert shown(store.neighbourhood(AccountId("a"), Bounds(hops=4))) >= {"a", "b", "c", "d", "phone"}
        assert store.neighbourhood(AccountId("a"), Bounds(hops=4)).nodes["hidden"].sum() == 0
        assert store.applied_segments() == {"2022-01-08", "2022-01-09"}
        assert store.mirrored_run() == "third"
    assert shown_members(graph_url) == memberships("third")


def assert_whole_so_far(url: str) -> None:
    """What a reader sees after the kill: no half of a run, and no segment applied before its links."""
    with closing(open_store(url)) as store:
        run = store.mirrored_run()
        assert shown_members(url) == (memberships(run) if run else set())
        if store.applied_segments():
            assert same(store.snapshot(), village().snapshot())
