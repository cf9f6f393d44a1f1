"""`python -m benchmarks.learned`: what learned scores add on fresh worlds and on Hop, and what they cost."""

import sys

from benchmarks.learned import added, hop, promotable, speed

sys.argv = sys.argv[:1]
added.main()
promotable.main()
hop.main()
raise SystemExit(speed.main())
