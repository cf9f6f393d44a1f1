"""What a promotion rests on: a scorecard of this very version on which no figure is worse than the champion's."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import ModelError

SCORE = "run `ringleader compare` on fresh labelled records, and promote it on that scorecard"


@dataclass(frozen=True)
class ScorecardProof:
    """`digest`: of the scorecard. `worlds`: that it was made on. `better`: whether any figure is. `worse`: the figures
    that are worse than the champion's, by name."""

    version: str
    digest: str
    worlds: tuple[str, ...]
    better: bool
    worse: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        verdict = "better" if self.better else "not worse"
        many = len(self.worlds)
        return f"{verdict} on {self.worlds[0] if many == 1 else f'{many} worlds'}"


def proof_of(version: str, scorecard: ScorecardProof | None) -> ScorecardProof:
    """The scorecard, if it allows the version to be promoted. Raises ModelError otherwise."""
    if scorecard is None:
        raise ModelError(f"{version} cannot be promoted without a scorecard", do=SCORE)
    if scorecard.version != version:
        raise ModelError(f"{version} cannot be promoted on the scorecard of {scorecard.version}", do=SCORE)
    if not scorecard.worlds or not scorecard.digest:
        raise ModelError(f"{version} cannot be promoted on a scorecard that names no world or has no digest", do=SCORE)
    if scorecard.worse:
        raise ModelError(
            f"{version} cannot be promoted: worse than the champion in {', '.join(scorecard.worse)}",
            do="train another, or keep the champion",
        )
    return scorecard
