"""Independent random streams by name: what one part draws never moves what another part draws."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True)
class Streams:
    """All randomness of one world. Equal seed and key give equal draws, in whatever order streams are asked for."""

    seed: int

    def of(self, *key: str | int) -> np.random.Generator:
        """The generator named by `key`, for example `of("sessions", day)`; always new, at its first draw."""
        words = [crc32(part.encode()) if isinstance(part, str) else part for part in key]
        return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([self.seed, *words])))
