"""What an exchange keeps on file: accounts, assigned addresses, declared relations, known services."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.vocabulary import INSTANT
from simulator.adversaries.framing import Framing
from simulator.market.symbols import Market
from simulator.people.identifiers import Resource, addresses, device_ids, ip_addresses, resource
from simulator.people.population import SEGMENTS, Population, first_of_group
from simulator.people.resources import EXCHANGE_WALLETS, MIXERS, VPN_EXITS, deposit_addresses
from simulator.people.strata import Policy, stratum_code
from simulator.randomness import Streams

_DECLARED = {"copy_trading": 0.8, "sub_account": 0.9, "family": 0.3, "otc_desk": 0.7, "market_maker_agreement": 0.5}
"""Chance that a relation is on file."""
_KNOWN_PLACES, _KNOWN_DEVICES, _KNOWN_VPN = 0.7, 0.5, 0.6
_PLACES = {"office": ("office", 1), "campus": ("campus", 3), "carrier_nat": ("carrier_nat", 6)}
"""Stratum: (category, networks of each group)."""


def registers(
    population: Population, market: Market, framing: Framing, streams: Streams
) -> Iterator[tuple[str, pl.DataFrame]]:
    """(name, table) of every input table that has no time."""
    yield "accounts", accounts_table(population, framing, streams)
    yield "deposit_addresses", _addresses_table(population)
    yield "symbols", market.table()
    yield "declared_relations", _relations_table(population, streams)
    yield "known_services", _services_table(population, streams)


def accounts_table(population: Population, framing: Framing, streams: Streams) -> pl.DataFrame:
    """One row an account; attackers who abuse a referral code name their victim as referrer."""
    n, random = len(population), streams.of("accounts table")
    referrer = population.referrer.astype(np.int64)
    abused = framing.by("referral_abuse")
    referrer[abused.attacker] = abused.victim
    return pl.DataFrame(
        {
            "account_id": population.ids,
            "opened_at": pl.Series(population.opened).cast(INSTANT),
            "segment": pl.Series(SEGMENTS).gather(population.segment),
            "owner_id": _known(population.ids, population.owner).str.replace("^", "owner-"),
            "referrer_account_id": _known(population.ids, referrer),
            "country": population.country.astype("U2"),
            "volume_usd": pl.Series(population.wealth * np.exp(random.normal(1.0, 1.0, n))).round(2),
        }
    ).sort("account_id")


def _addresses_table(population: Population) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "address": addresses(deposit_addresses(np.arange(len(population)))),
            "account_id": population.ids,
            "network": pl.repeat("ethereum", len(population), eager=True),
            "assigned_at": pl.Series(population.opened).cast(INSTANT),
        }
    ).sort("address")


def _relations_table(population: Population, streams: Streams) -> pl.DataFrame:
    random = streams.of("declared relations")
    n = len(population)
    first = first_of_group(population.group).astype(np.int64)
    makers = population.of(Policy.MARKET_MAKER)
    desks = population.of(Policy.OTC_DESK)
    pairs = {
        "copy_trading": (population.leader.astype(np.int64), np.arange(n), population.leader >= 0),
        "sub_account": (first, np.arange(n), population.stratum == stratum_code("sub_account")),
        "family": (first, np.arange(n), population.stratum == stratum_code("family")),
        "market_maker_agreement": (np.roll(makers, 1), makers, np.ones(len(makers), bool)),
        "otc_desk": (desks, random.integers(0, n, len(desks)), np.ones(len(desks), bool)),
    }
    tables = []
    for kind, (leader, follower, holds) in pairs.items():
        on_file = holds & (leader != follower) & (random.random(len(leader)) < _DECLARED[kind])
        tables.append(
            pl.DataFrame(
                {
                    "leader_account_id": population.ids.gather(leader[on_file]),
                    "follower_account_id": population.ids.gather(follower[on_file]),
                    "kind": pl.repeat(kind, int(on_file.sum()), eager=True),
                }
            )
        )
    return pl.concat(tables).sort(pl.all())


def _services_table(population: Population, streams: Streams) -> pl.DataFrame:
    random = streams.of("known services")
    wallets = [
        ("exchange_wallet", resource(Resource.EXCHANGE_WALLET, np.arange(EXCHANGE_WALLETS))),
        ("other_service", resource(Resource.MIXER, np.arange(MIXERS))),
        ("custodian", resource(Resource.CUSTODIAN, _groups(population, "custody_client") * 64)),
    ]
    exits = np.flatnonzero(random.random(VPN_EXITS) < _KNOWN_VPN)
    networks = [("vpn", resource(Resource.VPN, exits))]
    for stratum, (category, several) in _PLACES.items():
        groups = _groups(population, stratum)
        places = (groups[:, None] * 64 + np.arange(several)).ravel()
        networks.append((category, resource(Resource.PLACE, places[random.random(len(places)) < _KNOWN_PLACES])))
    cafes = (_groups(population, "internet_cafe")[:, None] * 64 + np.arange(12)).ravel()
    devices = resource(Resource.SHARED_DEVICE, cafes[random.random(len(cafes)) < _KNOWN_DEVICES])
    return pl.concat(
        [
            *[_services("address", category, addresses(numbers)) for category, numbers in wallets],
            *[_services("ip", category, ip_addresses(numbers)) for category, numbers in networks],
            _services("device", "public_device", device_ids(devices)),
        ]
    ).unique(["kind", "identifier"], keep="first", maintain_order=True)


def _services(kind: str, category: str, identifiers: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"identifier": identifiers.sort()}).select(
        pl.lit(kind).alias("kind"), "identifier", pl.lit(category).alias("category")
    )


def _groups(population: Population, stratum: str) -> NDArray[np.int64]:
    group = np.unique(population.group[population.stratum == stratum_code(stratum)]).astype(np.int64)
    return group[group >= 0]


def _known(ids: pl.Series, places: NDArray[np.int64] | NDArray[np.int32]) -> pl.Series:
    """Ids by position; null for -1."""
    return ids.gather(pl.Series(places.astype(np.int64)).replace(-1, None))
