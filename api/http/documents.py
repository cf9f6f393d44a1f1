"""The documents of HTTP v1, as OpenAPI tells them; answers are made as bytes, and tests hold them against these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Tier = Literal["watch", "review", "freeze"]
Leg = Literal["control", "coordination", "conduct"]
CertificateKind = Literal["none", "simulated", "audited"]

LOOKUP_LIMIT = 1000


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunStanding(Document):
    """The run that this answer comes from."""

    run_id: str
    published_at: datetime
    as_of: date | None = Field(description="Last day of the records that the run read; null: all there were.")
    data_age_seconds: int = Field(ge=0, description="Seconds since the run was published.")
    certificate_id: str | None
    certificate_kind: CertificateKind = Field(
        description="What the false-positive rate was proven on; none: not at all."
    )
    stale: bool = Field(description="The ledger could not be asked whether a newer run exists.")


class Finding(Document):
    role: str | None
    tier: Tier
    score: float
    legs: list[Leg] = Field(description="Kinds of evidence of the account's own acts.")
    days_active: int | None


class Membership(Finding):
    ring_id: str


class Member(Finding):
    account_id: str


class Individual(Finding):
    """A finding about one entity that acts alone; `review` at most."""


class Restriction(Document):
    """A restriction in force; none can be active until sanctions are decided here."""


class AccountStatus(Document):
    account_id: str
    status: Literal["member", "not_member", "unknown"]
    known: bool = Field(description="The run has looked at this account.")
    member: bool = Field(description="It is in at least one ring.")
    memberships: list[Membership]
    effective_tier: Tier | None = Field(description="The harshest of its memberships and its individual finding.")
    individual: Individual | None
    restrictions: list[Restriction]


class AccountMembership(AccountStatus):
    run: RunStanding


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no text") from None
    return value


class Lookup(Document):
    account_ids: Annotated[list[Annotated[str, AfterValidator(_text)]], Field(min_length=1, max_length=LOOKUP_LIMIT)]


class LookupAnswer(Document):
    """One item for each id asked, in the order of asking."""

    items: list[AccountStatus]
    run: RunStanding


class Ring(Document):
    ring_id: str
    score: float
    tier: Tier = Field(description="The harshest of its members.")
    typologies: list[str]
    size: int
    first_seen: datetime | None
    last_seen: datetime | None
    certificate_id: str | None
    certificate_kind: CertificateKind | None
    summary: str | None


class RingWithMembers(Ring):
    members: list[Member]
    run: RunStanding


class Rings(Document):
    """Rings by score, highest first."""

    items: list[Ring]
    total: int
    next_cursor: str | None
    run: RunStanding


class Evidence(Document):
    evidence_id: str
    account_id: str
    other_account_id: str | None
    author_account_id: str | None
    kind: str
    leg: Leg | None = Field(description="Null: it nominates only, and supports no tier.")
    resource_kind: str | None
    resource_id: str | None
    symbol: str | None
    weight: float | None
    p_value: float | None
    first_ts: datetime | None
    last_ts: datetime | None
    count: int | None = Field(description="All events, of which `event_ids` lists some.")
    event_ids: list[str]
    decisive: bool | None = Field(description="Without the decisive rows the account would be below its threshold.")
    sentence: str


class RingEvidence(Document):
    ring_id: str
    items: list[Evidence]
    total: int
    next_cursor: str | None
    run: RunStanding


class Ancestor(Document):
    previous_ring_id: str | None
    relation: Literal["continue", "merge", "split", "new"]
    overlap: float | None


class RingLineage(Document):
    ring_id: str
    items: list[Ancestor]
    run: RunStanding


class Alive(Document):
    status: Literal["alive"] = "alive"


class Ready(Document):
    status: Literal["ready"] = "ready"
    run_id: str
    stale: bool


class Version(Document):
    name: Literal["ringleader"] = "ringleader"
    version: str


class FieldError(Document):
    where: str = Field(description="`body/...`, `query/...` or `path/...`.")
    why: str


class ProblemDetails(Document):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class RingsQuestion(Document):
    tier: Tier | None = None
    min_score: float = Field(0, ge=0, le=1)
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=200)


class PageQuestion(Document):
    limit: int = Field(100, ge=1, le=500)
    cursor: str | None = Field(None, max_length=200)
