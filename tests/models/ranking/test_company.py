"""Company against plain loops, and what may not be in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.learning.features import NAMES
from models.learning.relations import ACCOUNT, RELATIONS, OwnActs, Relation
from models.ranking.company import COMPANY_NAMES, LOOKED_AT, company

ACCOUNTS, RESOURCES = 30, 6
ACTS = NAMES.index("acts")
Seen = npt.NDArray[np.float32]


def features(seed: int, accounts: int = ACCOUNTS) -> Seen:
    """About half of the accounts act."""
    drawn = np.random.default_rng(seed)
    made = drawn.gamma(2.0, size=(accounts, len(NAMES))).astype(np.float32)
    made[:, ACTS] *= drawn.random(accounts) < 0.5
    return made


def relation(name: str, kind: str, pairs: set[tuple[int, int]]) -> Relation:
    told = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return Relation(name, kind, told[:, 0], told[:, 1])


def drawn_acts(seed: int, pairs: int = 50) -> OwnActs:
    """Distinct pairs of every relation; nobody deals with itself."""
    drawn, made = np.random.default_rng(seed), []
    sizes = {kind: ACCOUNTS if kind == ACCOUNT else RESOURCES for _, kind in RELATIONS}
    for name, kind in RELATIONS:
        ends = zip(drawn.integers(0, ACCOUNTS, pairs), drawn.integers(0, sizes[kind], pairs), strict=True)
        made.append(relation(name, kind, {(int(a), int(b)) for a, b in ends if kind != ACCOUNT or a != b}))
    return OwnActs(sizes, tuple(made))


def only(acts: OwnActs, name: str, pairs: set[tuple[int, int]]) -> OwnActs:
    """The named relation with these pairs, all others empty."""
    made = (relation(each.name, each.kind, pairs if each.name == name else set()) for each in acts.relations)
    return OwnActs(acts.sizes, tuple(made))


def others_of(who: int, relation: Relation) -> list[int]:
    """The company of an account, as often as it counts."""
    pairs = list(zip(relation.account.tolist(), relation.other.tolist(), strict=True))
    if relation.kind == ACCOUNT:
        return [other for account, other in pairs if account == who]
    used = [resource for account, resource in pairs if account == who]
    return [account for place in used for account, resource in pairs if resource == place and account != who]


def naive(seen: Seen, acts: OwnActs) -> list[list[float]]:
    rows = []
    for who in range(acts.sizes[ACCOUNT]):
        row: list[float] = []
        for each in acts.relations:
            others = others_of(who, each)
            acting = sum(float(seen[other, ACTS]) > 0 for other in others)
            many = max(len(others), 1)
            means = [sum(float(seen[other, NAMES.index(name)]) for other in others) / many for name in LOOKED_AT]
            row += [np.log1p(len(others)), np.log1p(acting), acting / many, *means]
        rows.append(row)
    return rows


def of(seen: Seen, acts: OwnActs, who: int, name: str) -> float:
    return float(company(seen, acts)[who, COMPANY_NAMES.index(name)])


@pytest.mark.parametrize("seed", range(4))
def test_company_is_what_plain_loops_count(seed: int) -> None:
    seen, acts = features(seed), drawn_acts(seed)
    shared = acts.relations[0]
    twice = [len(others_of(who, shared)) > len(set(others_of(who, shared))) for who in range(ACCOUNTS)]
    assert any(twice), "somebody shares two resources with the same other"
    np.testing.assert_allclose(company(seen, acts), naive(seen, acts), rtol=1e-5, atol=1e-5)


def test_known_answers() -> None:
    seen = features(0, 4)
    seen[:, ACTS] = [0, 2, 0, 0]
    acts = OwnActs({**drawn_acts(0).sizes, ACCOUNT: 4}, drawn_acts(0).relations)
    both = only(acts, "seen_at_ip", {(0, 0), (1, 0), (0, 1), (1, 1), (2, 1)})
    assert of(seen, both, 0, "seen_at_ip_company") == pytest.approx(np.log1p(3)), "account 1 twice, account 2 once"
    assert of(seen, both, 0, "seen_at_ip_acting") == pytest.approx(np.log1p(2))
    assert of(seen, both, 0, "seen_at_ip_acting_share") == pytest.approx(2 / 3)
    assert of(seen, both, 1, "seen_at_ip_acting") == 0, "it acts itself, and is not its own company"
    assert not company(seen, both)[3].any()
    sent = only(acts, "sent_to", {(0, 1), (0, 2)})
    assert of(seen, sent, 0, "sent_to_company") == pytest.approx(np.log1p(2))
    assert not company(seen, sent)[1:].any(), "whom somebody sends to has no company by it"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), who=st.integers(0, ACCOUNTS - 1))
def test_nobody_counts_among_their_own_company(seed: int, who: int) -> None:
    seen, acts = features(seed), drawn_acts(seed)
    other = seen.copy()
    other[who] = np.where(seen[who] > 0, 0, 9)
    before, after = company(seen, acts), company(other, acts)
    np.testing.assert_allclose(after[who], before[who], atol=1e-5)
    assert np.abs(after - before).max() > 1e-2, "others do notice"


def test_a_hub_has_everybody_else_as_company() -> None:
    many = 5_000
    seen = features(1, many)
    acts = OwnActs({**drawn_acts(0).sizes, ACCOUNT: many}, drawn_acts(0).relations)
    hub = only(acts, "withdrew_to", {(who, 3) for who in range(many)})
    place = COMPANY_NAMES.index("withdrew_to_company")
    found = company(seen, hub)
    np.testing.assert_allclose(found[:, place], np.log1p(many - 1), rtol=1e-6)
    looked = seen[:, [NAMES.index(name) for name in LOOKED_AT]].astype(np.float64)
    means = (looked.sum(axis=0) - looked) / (many - 1)
    np.testing.assert_allclose(found[:, place + 3 : place + 3 + len(LOOKED_AT)], means, rtol=1e-5, atol=1e-6)


def test_without_relations_there_is_no_company() -> None:
    acts = drawn_acts(0)
    bare = replace(only(acts, "none", set()), sizes={kind: ACCOUNTS * (kind == ACCOUNT) for kind in acts.sizes})
    found = company(features(0), bare)
    assert found.shape == (ACCOUNTS, len(COMPANY_NAMES))
    assert not found.any()


def test_columns_are_named_once_and_in_the_order_of_the_relations() -> None:
    assert len(set(COMPANY_NAMES)) == len(COMPANY_NAMES) == len(RELATIONS) * (3 + len(LOOKED_AT))
    assert not set(COMPANY_NAMES) & set(NAMES)
    assert [name.removesuffix("_company") for name in COMPANY_NAMES if name.endswith("_company")] == [
        name for name, _ in RELATIONS
    ]
