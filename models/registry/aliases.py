"""Which version is in force: the fold of an append-only history of events, and the one file that holds both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from graph.errors import ModelError
from models.registry.sealing import UnsealedError, check_fields, check_text, moment, seal, unseal
from models.registry.storage import Place

ALIASES = ("champion", "challenger", "previous")
AUTOMATIC = "automatic"
RULES = "rules"
"""Where no version is live."""
SHADOW, LIVE, ROLLBACK = "shadow", "live", "rollback"
FILE = "aliases.json"
FAULTS = ("alias.written", "alias.swapped")
FORMAT = 1
LARGEST = 16 << 20
_EVENT = {**dict.fromkeys(("action", "version", "by", "at", "reason"), str), "scorecard": object}


@dataclass(frozen=True)
class Event:
    """`action`: shadow, live or rollback. `version`: the one it puts there. `by`: a person's name, or AUTOMATIC. `at`:
    ISO 8601, UTC. `scorecard`: digest of the one that the decision rests on."""

    action: str
    version: str
    by: str
    at: str
    reason: str
    scorecard: str | None = None


@dataclass(frozen=True)
class Aliases:
    """`history`: in the order in which it happened. The champion has no other alias."""

    champion: str | None = None
    challenger: str | None = None
    previous: str | None = None
    history: tuple[Event, ...] = ()

    def after(self, event: Event) -> Aliases:
        """What holds after an event; the same, history included, after one that changes nothing. Raises ModelError for
        a rollback to another version than the previous one."""
        if event.version == self.champion or (event.action == SHADOW and event.version == self.challenger):
            return self
        history = (*self.history, event)
        if event.action == SHADOW:
            return replace(self, challenger=event.version, history=history)
        if event.action == ROLLBACK and event.version == RULES and self.champion and self.previous is None:
            return Aliases(None, self.challenger, self.champion, history)
        if event.action == ROLLBACK and event.version != self.previous:
            raise ModelError(f"'{event.version}' is not the version before the champion", do="promote it instead")
        challenger = None if event.version == self.challenger else self.challenger
        return Aliases(event.version, challenger, self.champion, history)


def fold(events: Iterable[Event]) -> Aliases:
    aliases = Aliases()
    for event in events:
        aliases = aliases.after(event)
    return aliases


def read_aliases(place: Place) -> Aliases:
    """Nothing where there is no file. Raises ModelError for one that is damaged."""
    content = place.read(FILE, LARGEST)
    if content is None:
        return Aliases()
    try:
        return _of(content)
    except UnsealedError as error:
        raise ModelError(
            f"it is unknown which model is in force: {FILE} {error}",
            where=place.where(FILE),
            do="restore the file from a copy, or move it away and promote again",
        ) from None


def write_aliases(place: Place, aliases: Aliases) -> None:
    """Raises ModelError, and writes nothing, for what could not be read again."""
    content = seal({"format": FORMAT, **asdict(aliases)})
    try:
        _of(content)
    except UnsealedError as error:
        raise ModelError(f"no alias can be written: {FILE} {error}", do="correct what is handed over") from None
    place.replace(FILE, content, FAULTS)


def _of(content: bytes) -> Aliases:
    if len(content) > LARGEST:
        raise UnsealedError(f"is larger than {LARGEST} bytes")
    document = unseal(content, FORMAT, {**dict.fromkeys(ALIASES, object), "history": list})
    history = tuple(_event(entry) for entry in document["history"])
    stated = Aliases(document["champion"], document["challenger"], document["previous"], history)
    try:
        if fold(history) == stated:
            return stated
    except ModelError:
        pass
    raise UnsealedError("contradicts its own history")


def _event(entry: object) -> Event:
    event = Event(**check_fields(entry, _EVENT))
    if event.action not in {SHADOW, LIVE, ROLLBACK}:
        raise UnsealedError(f"has an unknown action {event.action!r:.60}")
    if (event.action == SHADOW) != (event.by.strip().lower() == AUTOMATIC):
        raise UnsealedError("needs a person's name in 'by'; only a shadow is automatic")
    for field in ("version", "by", "reason"):
        check_text(field, getattr(event, field))
    if event.scorecard is not None:
        check_text("scorecard", event.scorecard)
    moment("at", event.at)
    return event
