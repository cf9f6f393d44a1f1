"""`python -m benchmarks.learned`: what learned scores add on fresh worlds and on Hop, and what they cost."""

import sys

from benchmarks.learned import added, hop, speed

sys.argv = sys.argv[:1]
added.main()
hop.main()
raise SystemExit(speed.main())
