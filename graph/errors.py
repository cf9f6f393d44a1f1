"""What can go wrong, as one tree; every error says what, where and what to do next.

RingleaderError
├── InputError          the records handed over cannot be read at all (a bad *row* is quarantined, not raised)
├── SettingsError       a setting or argument is missing or makes no sense
├── StoreError          a graph store or ledger answered with an error
│   └── StoreUnavailableError   it did not answer: down, or still starting
├── BusyError           another process does the same work on the same place now
├── DetectionError      a snapshot or a previous run contradicts itself
└── ModelError          a model version is damaged, or does not fit what it is asked for
"""

from __future__ import annotations


class RingleaderError(Exception):
    """One line for people: `what` happened, `where`, and what to `do`."""

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        place = f" ({where})" if where else ""
        advice = f"; {do}" if do else ""
        super().__init__(" ".join(f"{what}{place}{advice}".split()))


class InputError(RingleaderError):
    pass


class SettingsError(RingleaderError):
    pass


class StoreError(RingleaderError):
    pass


class StoreUnavailableError(StoreError):
    pass


class BusyError(RingleaderError):
    pass


class DetectionError(RingleaderError):
    pass


class ModelError(RingleaderError):
    pass
