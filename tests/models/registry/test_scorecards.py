"""The scorecards of a version: all that were ever made, each as a whole."""

from __future__ import annotations

import hashlib
import signal

import pytest

from models.registry import Registry
from tests.models.registry.made import Shelf, refused, write_one
from tests.models.registry.test_crashes import killed_or_done

KEEP = """
import sys
from models.registry import Registry
Registry(sys.argv[1]).keep_scorecard(sys.argv[2], b"new")
"""


def test_every_scorecard_of_each_version_is_kept(registry: Registry) -> None:
    one, two = write_one(registry, 1), write_one(registry, 2)
    assert registry.scorecards(one) == ()
    documents = (b'{"first": 1}', b'{"second": 2}', b'{"first": 1}')
    for number, document in enumerate(documents, start=1):
        registry.keep_scorecard(one, document)
        assert set(registry.scorecards(one)) == set(documents[:number])
    assert registry.scorecards(two) == ()
    assert [each.version for each in registry.versions()] == sorted([one, two])


def test_no_scorecard_of_what_is_not_there(registry: Registry, shelf: Shelf) -> None:
    version = write_one(registry)
    assert "there is no version" in refused(registry.keep_scorecard, "model_0123456789abcdef", b"{}")
    assert "larger than any is" in refused(registry.keep_scorecard, version, b" " * ((1 << 20) + 1))
    registry.keep_scorecard(version, b"one")
    shelf.put(f"scorecards/{version}/{hashlib.sha256(b'one').hexdigest()}.json", b"two")
    assert "was altered" in refused(registry.scorecards, version)


@pytest.mark.parametrize(("point", "left"), [("scorecard.written", {b"old"}), ("scorecard.swapped", {b"old", b"new"})])
def test_killed_it_is_there_as_a_whole_or_not_at_all(point: str, left: set[bytes], shelf: Shelf) -> None:
    registry = Registry(shelf.location)
    version = write_one(registry)
    registry.keep_scorecard(version, b"old")
    assert killed_or_done(KEEP, shelf.location, version, fault=point) == -signal.SIGKILL
    assert set(registry.scorecards(version)) == left
    registry.keep_scorecard(version, b"new")
    assert set(registry.scorecards(version)) == {b"old", b"new"}
