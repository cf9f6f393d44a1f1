"""`python -m benchmarks.simulator`: all studies; the gates come last and end with 1 when one is broken."""

import sys

from benchmarks.simulator import facts, gates, speed, worlds

sys.argv = sys.argv[:1]
for study in (speed, facts, worlds, gates):
    study.main()
