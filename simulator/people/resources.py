"""Which device, network and wallet an account uses: mostly its own, sometimes a shared one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.parameters import WorldParameters
from simulator.people.identifiers import Numbers, Resource, resource
from simulator.people.population import Population
from simulator.people.sharing import Sharing, Sharings, Uses, draw_sharings
from simulator.people.strata import stratum_code
from simulator.randomness import Streams
from simulator.rings.draw import Rings

OWN_WALLETS = 3
EXCHANGE_WALLETS = 12
MIXERS = 6
VPN_EXITS = 400
MOBILE_NETWORKS = 5_000
_VPN_USERS = 0.12
_SECOND_DEVICE_USE = 0.25
_MOBILE_USE = 0.25
_VPN_USE = 0.7
_EXCHANGE_WALLET_USE = 0.35
_MIXER_USE = 0.5
_MIXER_USERS, _CAREFUL_MIXER_USERS, _CAREFUL = 0.03, 0.3, 0.7
"""Shares of all people, and of members of rings whose hygiene is at least the third, who use mixers."""

Accounts = NDArray[np.int64]


@dataclass(frozen=True)
class Resources:
    """One value per account, and the sharings."""

    sharings: Sharings
    second_device: NDArray[np.bool_]
    vpn: NDArray[np.bool_]
    """Mostly connects through a VPN."""
    home_days: NDArray[np.int64]
    """Days after which the home network gets another IP address."""
    wallets: NDArray[np.int64]
    """Outside wallets of its own."""
    mixer: NDArray[np.bool_]
    """Moves money through mixers, half of the time."""
    custodian: NDArray[np.bool_]
    """Shares a custodian's wallet rather than a person's."""

    def devices(self, accounts: Accounts, day: int, random: np.random.Generator) -> Numbers:
        """A device for each log-in."""
        second = self.second_device[accounts] & (random.random(len(accounts)) < _SECOND_DEVICE_USE)
        own = resource(Resource.OWN_DEVICE, accounts * 4 + second)
        return _or_shared(own, Resource.SHARED_DEVICE, self.sharings.devices, Uses(accounts, day, random))

    def networks(self, accounts: Accounts, day: int, random: np.random.Generator) -> Numbers:
        """An IP address for each log-in."""
        lot = random.random(len(accounts))
        home = resource(Resource.HOME, accounts, (day + accounts % 29) // self.home_days[accounts])
        mobile = resource(Resource.MOBILE, random.integers(0, MOBILE_NETWORKS, len(accounts)), day // 3)
        exit_node = resource(Resource.VPN, random.integers(0, VPN_EXITS, len(accounts)))
        own = np.where(lot < _MOBILE_USE, mobile, home)
        own = np.where(self.vpn[accounts] & (random.random(len(accounts)) < _VPN_USE), exit_node, own)
        return _or_shared(own, Resource.PLACE, self.sharings.networks, Uses(accounts, day, random))

    def outside(self, accounts: Accounts, day: int, random: np.random.Generator) -> Numbers:
        """An address outside the exchange for each deposit or withdrawal."""
        which = (random.random(len(accounts)) * self.wallets[accounts]).astype(np.int64)
        own = resource(Resource.OWN_WALLET, accounts * OWN_WALLETS + which)
        exchange = resource(Resource.EXCHANGE_WALLET, random.integers(0, EXCHANGE_WALLETS, len(accounts)))
        own = np.where(random.random(len(accounts)) < _EXCHANGE_WALLET_USE, exchange, own)
        mixer = resource(Resource.MIXER, random.integers(0, MIXERS, len(accounts)))
        own = np.where(self.mixer[accounts] & (random.random(len(accounts)) < _MIXER_USE), mixer, own)
        kind = np.where(self.custodian[accounts], Resource.CUSTODIAN, Resource.SHARED_WALLET)
        return _or_shared(own, kind, self.sharings.wallets, Uses(accounts, day, random))


def draw_resources(parameters: WorldParameters, streams: Streams, population: Population, rings: Rings) -> Resources:
    """Draw what everybody uses."""
    random, n = streams.of("resources"), len(population)
    careful = np.zeros(n, bool)
    careful[rings.account] = rings.hygiene[rings.ring] >= _CAREFUL
    return Resources(
        sharings=draw_sharings(parameters, streams, population, rings),
        second_device=random.random(n) < 0.4,
        vpn=random.random(n) < _VPN_USERS,
        home_days=random.integers(7, 60, n),
        wallets=random.integers(1, OWN_WALLETS + 1, n),
        mixer=random.random(n) < np.where(careful, _CAREFUL_MIXER_USERS, _MIXER_USERS),
        custodian=population.stratum == stratum_code("custody_client"),
    )


def deposit_addresses(accounts: Accounts) -> Numbers:
    """The address that the exchange assigned to each account."""
    return resource(Resource.DEPOSIT_ADDRESS, accounts)


def _or_shared(
    own: Numbers, kind: Resource | NDArray[np.int64], sharings: tuple[Sharing, Sharing], uses: Uses
) -> Numbers:
    """The own resource of each use, or the shared one of the kind given."""
    for sharing in sharings:
        shared, owner = sharing.used(uses)
        for one in np.unique(np.asarray(kind)):
            instead = resource(Resource(int(one)), owner, sharing.epoch(uses.day))
            own = np.where(shared & (np.asarray(kind) == one), instead, own)
    return own
