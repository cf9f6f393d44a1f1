"""The scorecard that a version was last compared by: the latest, as a whole, or none."""

from __future__ import annotations

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


def test_the_latest_scorecard_of_each_version_is_kept(registry: Registry) -> None:
    one, two = write_one(registry, 1), write_one(registry, 2)
    assert registry.scorecard(one) is None
    for document in (b'{"first": 1}', b'{"second": 2}'):
        registry.keep_scorecard(one, document)
        assert registry.scorecard(one) == document
    assert registry.scorecard(two) is None
    assert [each.version for each in registry.versions()] == sorted([one, two])


def test_no_scorecard_of_what_is_not_there(registry: Registry, shelf: Shelf) -> None:
    version = write_one(registry)
    assert "there is no version" in refused(registry.keep_scorecard, "model_0123456789abcdef", b"{}")
    shelf.put(f"scorecards/{version}.json", b" " * ((1 << 20) + 1))
    assert "larger than any is" in refused(registry.scorecard, version)


@pytest.mark.parametrize(("point", "left"), [("scorecard.written", b"old"), ("scorecard.swapped", b"new")])
def test_killed_it_is_the_one_before_or_the_new_one(point: str, left: bytes, shelf: Shelf) -> None:
    registry = Registry(shelf.location)
    version = write_one(registry)
    registry.keep_scorecard(version, b"old")
    assert killed_or_done(KEEP, shelf.location, version, fault=point) == -signal.SIGKILL
    assert registry.scorecard(version) == left
    registry.keep_scorecard(version, b"new")
    assert registry.scorecard(version) == b"new"
