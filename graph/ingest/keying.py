"""The one keying step: devices, IPs and addresses leave ingest as keyed hashes when a key is configured."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import polars as pl

from graph.contract import Holds
from graph.errors import SettingsError

SHORTEST_KEY = 16
PREFIX = {Holds.DEVICE: "dev_", Holds.IP: "ip_", Holds.ADDRESS: "adr_"}
HEX_DIGITS = 32


@dataclass(frozen=True)
class Keying:
    """HMAC-SHA256 per type: the same text as a device and as an IP gives different ids.

    `key`: at least 16 bytes, secret; whoever has it can find a known identifier, nobody can without.
    `version`: tells keys apart when they are rotated.
    """

    key: bytes = field(repr=False)
    version: int = 1

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST_KEY:
            raise SettingsError(
                f"the key for identifiers has {len(self.key)} bytes", do=f"give one of at least {SHORTEST_KEY}"
            )

    @property
    def mark(self) -> str:
        """Tells whether two ingests used the same key, without telling the key."""
        return f"v{self.version}-" + self._digest(b"mark", b"")[:16]

    def ids(self, what: Holds, values: pl.Series) -> pl.Series:
        """Keyed ids of a column, null where it is null; each distinct value is hashed once."""
        kind = f"{self.version}/{what.value}".encode()
        distinct = values.unique().drop_nulls()
        keyed = [PREFIX[what] + self._digest(kind, value.encode()) for value in distinct]
        return values.replace_strict(distinct, pl.Series(keyed, dtype=pl.String), default=None, return_dtype=pl.String)

    def _digest(self, kind: bytes, value: bytes) -> str:
        subkey = hashlib.sha256(b"ringleader\0" + kind + b"\0" + self.key).digest()
        return hmac.digest(subkey, value, "sha256").hex()[:HEX_DIGITS]
