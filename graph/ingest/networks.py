"""Which IP addresses lie in which declared networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import polars as pl

from graph.tape.tape import IP_NETWORK_SCHEMA

NOT_A_NETWORK = "not a network in CIDR form"
IPV4 = r"^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$"
IPV6 = r"^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$"
WORD_BITS = 64


def is_network(identifiers: pl.Series) -> pl.Series:
    return identifiers.str.contains("/", literal=True)


def parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network, host bits ignored; None for what is none. The length has to be given in bits."""
    if not text.rpartition("/")[2].isdecimal() or "%" in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def memberships(ips: pl.Series, networks: Iterable[str]) -> pl.DataFrame:
    """Every (ip, network) such that the IP lies in it (`IP_NETWORK_SCHEMA`). Text that is no IP lies in none."""
    parsed = [(text, network) for text in networks if (network := parse_network(text)) is not None]
    if not parsed:
        return pl.DataFrame(schema=IP_NETWORK_SCHEMA)
    words = _words(ips.unique().drop_nulls())
    found = [pl.DataFrame(schema=IP_NETWORK_SCHEMA)]
    for version, length in sorted({(network.version, network.prefixlen) for _, network in parsed}):
        bits = length if version == 6 else 96 + length
        masks = _masks(bits)
        known = [(t, *_split(n)) for t, n in parsed if (n.version, n.prefixlen) == (version, length)]
        side = pl.DataFrame(known, schema={"network": pl.String, "high": pl.UInt64, "low": pl.UInt64}, orient="row")
        masked = words.filter(pl.col("version") == version).with_columns(
            pl.col("high") & pl.lit(masks[0], dtype=pl.UInt64), pl.col("low") & pl.lit(masks[1], dtype=pl.UInt64)
        )
        found.append(masked.join(side, on=["high", "low"]).select("ip", "network"))
    return pl.concat(found).unique().sort("ip", "network")


def _split(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int]:
    number = int(network.network_address)
    return number >> WORD_BITS, number & ((1 << WORD_BITS) - 1)


def _masks(bits: int) -> tuple[int, int]:
    mask = ((1 << bits) - 1) << (2 * WORD_BITS - bits)
    return mask >> WORD_BITS, mask & ((1 << WORD_BITS) - 1)


def _words(ips: pl.Series) -> pl.DataFrame:
    """`ip`, `version`, and its 128 bits as `high` and `low` words; an IPv4 address fills the last 32 bits."""
    frame = ips.alias("ip").to_frame()
    return pl.concat([_ipv4(frame), _ipv6(frame)])


def _ipv4(frame: pl.DataFrame) -> pl.DataFrame:
    found = frame.filter(pl.col("ip").str.contains(IPV4))
    octets = [pl.col("ip").str.extract(IPV4, place).cast(pl.UInt64) for place in (1, 2, 3, 4)]
    valid = pl.all_horizontal(*[octet < 256 for octet in octets])
    low = octets[0] * (1 << 24) + octets[1] * (1 << 16) + octets[2] * (1 << 8) + octets[3]
    return found.filter(valid).select(
        "ip", version=pl.lit(4), high=pl.lit(0, dtype=pl.UInt64), low=low
    )  # fmt: skip


def _ipv6(frame: pl.DataFrame) -> pl.DataFrame:
    found = frame.filter(pl.col("ip").str.contains(IPV6)).with_columns(text=_without_dotted_tail(pl.col("ip")))
    sides = found.with_columns(
        pl.col("text").str.split("::").list.get(0, null_on_oob=True).fill_null("").alias("left"),
        pl.col("text").str.split("::").list.get(1, null_on_oob=True).alias("right"),
        pl.col("text").str.split("::").list.len().alias("sides"),
    )
    listed = sides.with_columns(
        left=pl.when(pl.col("left") == "").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(_groups("left")),
        right=pl.when(pl.col("right").fill_null("") == "")
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(_groups("right")),
    )
    missing = 8 - pl.col("left").list.len().cast(pl.Int64) - pl.col("right").list.len().cast(pl.Int64)
    sized = listed.with_columns(missing=missing).filter(
        ((pl.col("sides") == 2) & (pl.col("missing") >= 1)) | ((pl.col("sides") == 1) & (pl.col("missing") == 0))
    )
    words = sized.with_columns(groups=pl.concat_list("left", pl.lit("0").repeat_by(pl.col("missing")), "right")).filter(
        pl.col("groups").list.eval(pl.element().str.contains("^[0-9a-fA-F]{1,4}$")).list.all()
    )
    hexadecimal = pl.col("groups").list.eval(pl.element().str.zfill(4)).list.join("")
    return words.select(
        "ip",
        version=pl.lit(6),
        high=hexadecimal.str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64),
        low=hexadecimal.str.slice(16, 16).str.to_integer(base=16, dtype=pl.UInt64),
    )


def _groups(name: str) -> pl.Expr:
    return pl.col(name).str.split(":")


def _without_dotted_tail(ip: pl.Expr) -> pl.Expr:
    """`::ffff:1.2.3.4` ends in two groups written as an IPv4 address."""
    tail = r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$"
    octets = [ip.str.extract(tail, place).cast(pl.UInt64, strict=False) for place in (1, 2, 3, 4)]
    pairs = [_hexadecimal(octets[0]) + _hexadecimal(octets[1]), _hexadecimal(octets[2]) + _hexadecimal(octets[3])]
    return pl.when(ip.str.contains(tail)).then(ip.str.replace(tail, "") + pairs[0] + ":" + pairs[1]).otherwise(ip)


def _hexadecimal(octet: pl.Expr) -> pl.Expr:
    digits = pl.Series(["0123456789abcdef"[n >> 4] + "0123456789abcdef"[n & 15] for n in range(256)])
    return octet.replace_strict(pl.int_range(256, dtype=pl.UInt64, eager=True), digits, default=None)
