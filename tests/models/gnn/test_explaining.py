"""What moved a network's scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.gnn.explaining import CONDUCT, FAMILIES, family_of, moved_by
from models.gnn.inference import logits
from models.gnn.messages import messages_of
from models.gnn.network import Network, new_encoder, shape_of
from models.gnn.training import Scaling
from models.learning.features import NAMES
from models.learning.sight import Sight
from tests.models.learning.exchanges import LINKS, drawn, known_of


@pytest.fixture(scope="module")
def sight() -> Sight:
    graph, doing, _ = drawn()
    return Sight.of(known_of(graph, doing), LINKS)


@pytest.fixture(scope="module")
def network(sight: Sight) -> Network:
    torch.manual_seed(0)
    return Network(new_encoder(shape_of(width=8, layers=2)).eval(), Scaling.of(sight.features))


def test_every_feature_has_a_family_and_every_family_a_feature() -> None:
    assert {family_of(name) for name in NAMES} == {*FAMILIES, CONDUCT}
    assert family_of("wash_trading_days") == CONDUCT
    assert family_of("withdrawal_others") == "withdrawals"


def test_a_part_adds_what_the_score_loses_without_it(sight: Sight, network: Network) -> None:
    """An account is asked about alone; its withdrawals are taken out of its features by hand."""
    account = np.array([sight.account_ids.to_list().index("r0-000")])
    told = {row["column"]: row["log_odds"] for row in moved_by(network, sight, account, most=99).iter_rows(named=True)}
    features = network.scaling(sight.features)
    whole = logits(network.encoder, features, messages_of(sight.acts))[account[0]]
    features[account[0], [place for place, name in enumerate(NAMES) if name.startswith("withdrawal_")]] = 0.0
    without = logits(network.encoder, features, messages_of(sight.acts))[account[0]]
    assert told["withdrawals"] == pytest.approx(float(whole - without), abs=1e-5)
    assert told["withdrew_to"] != 0, "its ring's address is heard along that relation"
    assert "sent_to" not in told, "it sent nothing, so nothing was taken away"


def test_the_strongest_come_first(sight: Sight, network: Network) -> None:
    told = moved_by(network, sight, np.arange(5), most=3)
    assert told.group_by("account").len()["len"].max() == 3
    for _, rows in told.group_by("account"):
        sizes = rows["log_odds"].abs().to_list()
        assert sizes == sorted(sizes, reverse=True)
