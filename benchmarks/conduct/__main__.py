"""`python -m benchmarks.conduct`: speed, then quality, which ends with 1 when a must is broken."""

import sys

from benchmarks.conduct import quality, speed

sys.argv = sys.argv[:1]
for study in (speed, quality):
    study.main()
