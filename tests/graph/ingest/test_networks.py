"""Networks against the standard library."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graph.ingest.networks import memberships, parse_network

v4 = st.integers(0, 2**32 - 1).map(lambda n: str(IPv4Address(n)))
v6 = st.builds(lambda n, zeros: str(IPv6Address(n >> zeros << zeros)), st.integers(0, 2**128 - 1), st.integers(0, 120))
odd = st.sampled_from(["", "x", "1.2.3", "256.1.1.1", ":::", "1::2::3", "::ffff:1.2.3.4", "1:2", "ip_1", "::", ":1::"])
networks = st.one_of(
    st.builds(lambda ip, bits: f"{ip}/{bits}", v4, st.integers(0, 32)),
    st.builds(lambda ip, bits: f"{ip}/{bits}", v6, st.integers(0, 128)),
)


@given(st.lists(st.one_of(v4, v6, odd), max_size=8), st.lists(networks, max_size=8))
def test_memberships(ips: list[str], nets: list[str]) -> None:
    wanted = {(ip, net) for ip in ips for net in nets if lies_in(ip, net)}
    found = memberships(pl.Series(ips, dtype=pl.String), nets).rows()
    assert len(found) == len(wanted)
    assert set(found) == wanted


def lies_in(ip: str, net: str) -> bool:
    try:
        return ip_address(ip) in ip_network(net, strict=False)
    except ValueError:
        return False


def test_what_is_a_network() -> None:
    assert parse_network("10.1.2.3/8") == ip_network("10.0.0.0/8")
    for text in ("10.0.0.0/33", "10.0.0.0/255.0.0.0", "x/8", "10.0.0.0/", "fe80::1%eth0/64", "/8"):
        assert parse_network(text) is None, text
