"""The whole way from a snapshot to rings with evidence; every step is a pure function, this is only their order."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from graph.progress import Progress, silent
from graph.snapshot import Snapshot
from graph.vocabulary import LinkKind
from models import tables
from models.communities.bridges import cut_bridges
from models.communities.leiden import communities
from models.conduct.authorship import disputed_days
from models.conduct.find import Conduct
from models.coordination.alike import alike_groups, shared_days
from models.coordination.following import Placed, e_values, explained, following
from models.coordination.significance import validated_groups
from models.detection import Detection
from models.lineage import name_rings
from models.links.attribution import borrowed_devices
from models.links.entities import Entities, merge_entities
from models.links.pairs import pair_links, pair_strength
from models.links.similarity import behaviour, similarity
from models.links.transfers import account_transfers
from models.links.uses import resource_uses
from models.parameters import Parameters, RingParameters
from models.rings.acting import acting_accounts, acting_groups, alike_rows, settled_groups, with_acting
from models.rings.acts import ring_acts
from models.rings.beside import members_beside, no_shares
from models.rings.conduct_rows import conduct_rows
from models.rings.control import control_rows, transfers_between_households
from models.rings.evidence import evidence_rows
from models.rings.followed_rows import followed_rows
from models.rings.membership import inner_pairs, peel, score_groups
from models.rings.ring_table import individual_table, member_table, ring_table
from models.rings.roles import member_roles
from models.rings.support import support_shares
from models.tiers import provisional_tiers

STAGES = ("links", "pairs", "communities", "evidence")
DEFAULTS = Parameters()
NO_CONDUCT = Conduct(switched_off=("no tape was looked at: manipulative conduct cannot be seen",))


def detect(
    snapshot: Snapshot,
    parameters: Parameters = DEFAULTS,
    previous: pl.DataFrame | None = None,
    progress: Progress = silent,
    conduct: Conduct = NO_CONDUCT,
) -> Detection:
    """Find rings. `previous`: `ring_id`, `account_id` of the last run's members, for ring identity. `conduct`: what the
    same records' tape says; each episode is told with the ring of its account.

    Deterministic: the same snapshot, parameters, conduct and previous run give the same tables, byte for byte.
    """
    progress(STAGES[0], 0, len(STAGES))
    entities = merge_entities(snapshot)
    transfers = account_transfers(snapshot, entities)
    uses = resource_uses(snapshot, entities, transfers, parameters.links)

    progress(STAGES[1], 1, len(STAGES))
    known = behaviour(snapshot, entities)
    pairs = pair_strength(uses, transfers, known.seniority, entities, parameters.links)
    similar = similarity(known, pairs, parameters.similarity)
    pairs = pairs.with_columns(pl.Series("similarity", similar), weight=pl.col("weight") * pl.Series(similar))
    linked = _linked_accounts(snapshot, entities, pairs)

    progress(STAGES[2], 2, len(STAGES))
    strong = pairs.filter(pl.col("weight") >= parameters.rings.least_pair_weight)
    groups = communities(strong, known, parameters.rings, parameters.seed)
    members = _settle(strong.select("x", "y", "weight"), groups, uses, transfers, parameters.rings)
    scored = score_groups(members, entities.household, parameters.rings)
    acting = acting_accounts(conduct.days, snapshot, entities)
    if conduct.was_looked_for:
        scored = acting_groups(scored, acting["entity"], entities.household, parameters.coordination)
    alike = alike_groups(acting, entities, known, parameters)
    alike = settled_groups(alike, scored, parameters.coordination)
    parts = alike.select("entity", group="part")
    shared = shared_days(acting, parts)

    progress(STAGES[3], 3, len(STAGES))
    inner = inner_pairs(strong, scored.select("entity", "group"))
    acts = ring_acts(snapshot, entities, transfers, uses, scored)
    of_rings = uses.join(
        acts.select(kind="resource_kind", resource="resource").unique(), on=["kind", "resource"], how="semi"
    )
    links = pair_links(of_rings, transfers, known.seniority, entities, parameters.links)
    shares = support_shares(links, inner, parameters.rings).join(scored.select("entity", "group"), on="entity")
    beside = members_beside(scored, alike)
    around = scored.select("entity", "group").join(beside, on="group", how="semi")
    more = ring_acts(snapshot, entities, transfers, uses, pl.concat([around, beside]))
    more = more.join(beside, on=["entity", "group"], how="semi")
    borrowed = borrowed_devices(snapshot, entities, conduct.disputed, parameters.attribution)
    found = _Found(
        snapshot, acts, shares, more, scored, linked, conduct, shared, alike, borrowed,
        transfers_between_households(transfers, entities), parameters,
        _placed(conduct, snapshot, entities, parameters),
    )  # fmt: skip
    return _published(found, previous)


def _placed(conduct: Conduct, snapshot: Snapshot, entities: Entities, parameters: Parameters) -> Placed:
    apart = explained(conduct.placements, snapshot, entities)
    return Placed(conduct.placements, conduct.usual, apart, conduct.disputed, parameters.conduct.placements)


def _settle(
    pairs: pl.DataFrame, groups: pl.DataFrame, uses: pl.DataFrame, transfers: pl.DataFrame, parameters: RingParameters
) -> pl.DataFrame:
    """Cut and peel in turn: a cut weakens members, and a member peeled off may be what held two parts together."""
    while True:
        cut = cut_bridges(groups, uses, transfers, parameters.least_size)
        members = peel(pairs, cut, parameters)
        if members["group"].n_unique() == groups["group"].n_unique() and members.height == groups.height:
            return members
        groups = members.select("entity", "group")


@dataclass(frozen=True)
class _Found:
    snapshot: Snapshot
    acts: pl.DataFrame
    shares: pl.DataFrame
    beside: pl.DataFrame
    scored: pl.DataFrame
    linked: pl.Series
    conduct: Conduct
    shared: pl.DataFrame
    alike: pl.DataFrame
    borrowed: pl.DataFrame
    sent: pl.DataFrame
    parameters: Parameters
    placed: Placed

    def people(self) -> pl.DataFrame:
        """Accounts in groups: `group`, `entity`, `account`, `account_id`, `role`, `days_active`, `score`, `ring_score`,
        and whether each `shares` anything with the others."""
        people = member_roles(self.acts).join(self.scored.select("entity", "score", "ring_score"), on="entity")
        people = people.with_columns(
            account_id=self.snapshot.accounts["id"].gather(people["account"]), shares=pl.lit(value=True)
        )
        if self.conduct.was_looked_for:
            roles = member_roles(pl.concat([self.acts, self.beside])).select("group", "account", "role")
            people = with_acting(people, self.alike, self.shared, self.conduct.own, roles)
        return people.with_columns(pl.col("shares").fill_null(value=False))


def _published(found: _Found, previous: pl.DataFrame | None) -> Detection:
    people = found.people()
    names, lineage = name_rings(people.select("group", "account_id"), previous)
    people = people.join(names, on="group")
    own = found.conduct.own
    beside = found.beside.join(people, on=["group", "account"], how="semi", maintain_order="left")
    shares = pl.concat([found.shares, no_shares(beside)], how="diagonal")
    tied = evidence_rows(found.snapshot, pl.concat([found.acts, beside]), shares, names)
    alike = alike_rows(people, found.alike, found.shared, own)
    doubtful = disputed_days(found.conduct.days, found.conduct.disputed)
    seen = following(found.placed, people.select("group", "account_id"), found.parameters.coordination)
    values = e_values(seen.days, found.parameters.coordination)
    after = followed_rows(people, seen.hits, values, found.parameters.coordination)
    alone = own.join(people, on="account_id", how="anti").group_by("account_id").agg(days_active=pl.col("days").max())
    acted = pl.concat([people.select("ring_id", "account_id"), alone.select("account_id")], how="diagonal")
    control = control_rows(people, found.borrowed, found.sent, found.conduct.disputed, found.snapshot)
    evidence = pl.concat([tied, alike, after, control, conduct_rows(own, doubtful, acted)]).sort(
        "ring_id", "account_id", "evidence_id", nulls_last=True
    )
    members, individuals = member_table(people, evidence), individual_table(alone, evidence)
    in_time = validated_groups(values).select("group", "validated")
    scored = people.select("group", "ring_id", "ring_score").unique().join(in_time, on="group", how="left")
    rings = ring_table(members, evidence, scored)
    return Detection(
        rings=rings,
        members=members,
        individuals=individuals,
        evidence=evidence,
        episodes=_with_rings(found.conduct.episodes, members),
        harm=found.conduct.harm,
        lineage=lineage,
        linked=found.linked,
        provisional=provisional_tiers(members, individuals, evidence, own, found.parameters.tiers),
        closed_sets=found.conduct.closed_sets,
        active=found.conduct.active,
        switched_off=_switched_off(found.snapshot) + found.conduct.switched_off,
        abstained=found.conduct.abstained,
    )


def _with_rings(episodes: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Each episode with the ring of its account, the first by id where it is in several."""
    rings = members.group_by("account_id").agg(pl.col("ring_id").min())
    told = episodes.drop("ring_id").join(rings, on="account_id", how="left", maintain_order="left")
    return told.select(tables.EPISODES.names())


def _linked_accounts(snapshot: Snapshot, entities: Entities, pairs: pl.DataFrame) -> pl.Series:
    """Ids of the accounts that any evidence links to another entity, however weakly."""
    ends = pl.concat([pairs["x"], pairs["y"].alias("x")]).unique()
    owner = pl.Series(entities.of_account)
    return snapshot.accounts["id"].filter(owner.is_in(ends.implode())).alias("account_id")


_NEEDS = {
    LinkKind.USED_DEVICE: "no session names a device: shared devices cannot be seen",
    LinkKind.SEEN_AT_IP: "no session names an IP address: shared networks cannot be seen",
    LinkKind.WITHDREW_TO: "no withdrawal to an outside address: common sweep targets cannot be seen",
    LinkKind.DEPOSITED_FROM: "no deposit from an outside address: common funders cannot be seen",
    LinkKind.TRANSFERRED_TO: "no transfer between accounts: funding inside the exchange cannot be seen",
}


def _switched_off(snapshot: Snapshot) -> tuple[str, ...]:
    missing = [sentence for kind, sentence in _NEEDS.items() if snapshot.links[kind].is_empty()]
    if snapshot.accounts["opened_at"].null_count() == snapshot.accounts.height:
        missing.append("no account has an opening time: joint starts cannot be weighed")
    if snapshot.accounts["volume_usd"].null_count() == snapshot.accounts.height:
        missing.append("no account has a volume: similar size of activity cannot be weighed")
    return tuple(missing)
