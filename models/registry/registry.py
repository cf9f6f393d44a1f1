"""The registry: versions that are written once, and the three names by which they are in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graph.errors import ModelError
from models.registry.aliases import (
    ALIASES,
    AUTOMATIC,
    LIVE,
    ROLLBACK,
    RULES,
    SHADOW,
    Aliases,
    Event,
    read_aliases,
    write_aliases,
)
from models.registry.manifest import Origin
from models.registry.promotion import ScorecardProof, proof_of
from models.registry.sealing import digest
from models.registry.storage import Place
from models.registry.versions import StoredModel, Version, list_versions, load_version, write_version

SCORECARD_FAULTS = ("scorecard.written", "scorecard.swapped")
LARGEST_SCORECARD = 1 << 20
AGAIN = "run `ringleader compare` again"


def _scorecards(version: str) -> str:
    return f"scorecards/{version}"


class Registry:
    """`location`: a folder, or a URI that pyarrow knows (`s3://bucket/prefix`); made by the first write.

    Any process may be killed at any moment: a version and a change of aliases is there as a whole or not at all. On a
    local folder writers on one machine exclude each other (BusyError). Object storage has no locks: let one process
    promote there, for of two that change the aliases at once one is forgotten. Times are ISO 8601 in UTC. Every method
    raises ModelError for what is damaged, and StoreError where the storage fails.
    """

    def __init__(self, location: str | Path) -> None:
        self._place = Place(location)

    def write(self, files: Mapping[str, bytes], origin: Origin) -> str:
        """Write a version and answer its id, which equal contents share whenever they were made. Repeating it changes
        nothing, and makes an unfinished or damaged version whole."""
        return write_version(self._place, files, origin)

    def load(self, version_or_alias: str, kind: str | None = None, features: str | None = None) -> StoredModel:
        """A version, every byte of it checked. Raises ModelError also where there is none, or one of another kind or
        of other features than asked for."""
        version = self._version(version_or_alias)
        stored = load_version(self._place, version)
        origin, where = stored.manifest.origin, self._place.where(f"versions/{version}")
        if kind is not None and origin.kind != kind:
            raise ModelError(
                f"the model is of kind {origin.kind}, not {kind}", where=where, do=f"name a version of kind {kind}"
            )
        if features is not None and origin.features != features:
            raise ModelError("the model was trained on other features", where=where, do="train again")
        return stored

    def versions(self) -> tuple[Version, ...]:
        """Finished versions by time of creation, then id; their files are not read."""
        return list_versions(self._place)

    def aliases(self) -> Aliases:
        return read_aliases(self._place)

    def set_challenger(self, version: str, at: str) -> Aliases:
        """Let a version run in the champion's shadow. Changes nothing for the champion itself."""
        with self._place.alone():
            load_version(self._place, version)
            return self._put(Event(SHADOW, version, AUTOMATIC, at, "trained"))

    def promote(self, version: str, by: str, at: str, scorecard: ScorecardProof | None) -> Aliases:
        """Make a version the champion, and the champion the previous one. Changes nothing for the champion itself.
        Raises ModelError unless the scorecard is of this version and no figure on it is worse."""
        proof = proof_of(version, scorecard)
        with self._place.alone():
            load_version(self._place, version)
            return self._put(Event(LIVE, version, by, at, proof.reason, proof.digest))

    def rollback(self, by: str, at: str, reason: str, features: str | None = None) -> Aliases:
        """Let champion and previous change places; where there was none before, the rules alone are live again. A
        second one returns: after a crash look at `aliases` first. Raises ModelError where nothing is live, and for a
        version of other features than asked for."""
        with self._place.alone():
            aliases = self.aliases()
            if aliases.champion is None:
                raise ModelError("nothing is live to roll back", where=self._place.where(), do="promote a version")
            previous = aliases.previous or RULES
            if previous != RULES:
                self.load(previous, features=features)
            return self._put(Event(ROLLBACK, previous, by, at, reason))

    def keep_scorecard(self, version: str, document: bytes) -> None:
        """Add a scorecard of a version to those it has; the same one again changes nothing."""
        if len(document) > LARGEST_SCORECARD:
            raise ModelError(
                "a scorecard is larger than any is", where=self._place.where(_scorecards(version)), do=AGAIN
            )
        with self._place.alone():
            load_version(self._place, version)
            self._place.replace(f"{_scorecards(version)}/{digest(document)}.json", document, SCORECARD_FAULTS)

    def scorecards(self, version: str) -> tuple[bytes, ...]:
        """Every scorecard of a version, by digest. Raises ModelError for one that was altered."""
        folder = _scorecards(version)
        found = []
        for name in sorted(self._place.names(folder)):
            if not name.endswith(".json") or name.startswith("."):
                continue
            document = self._place.read(f"{folder}/{name}", LARGEST_SCORECARD)
            if document is None or f"{digest(document)}.json" != name:
                raise ModelError("a scorecard was altered", where=self._place.where(f"{folder}/{name}"), do=AGAIN)
            found.append(document)
        return tuple(found)

    def _put(self, event: Event) -> Aliases:
        before = self.aliases()
        after = before.after(event)
        if after != before:
            write_aliases(self._place, after)
        return after

    def _version(self, name: str) -> str:
        if name not in ALIASES:
            return name
        version: str | None = getattr(self.aliases(), name)
        if version is None:
            raise ModelError(f"there is no {name}", where=self._place.where(), do="promote a version, or name one")
        return version
