"""How good a run was, against what is known: weak figures are published with the strong ones.

Terms are those of the detection notes: precision and recall over accounts with a known truth only, rings matched one to
one by Jaccard overlap, pairs of accounts, and false positives per stratum with the worst one named.
"""

from models.scorecard.score import Scorecard, score_run

__all__ = ["Scorecard", "score_run"]
