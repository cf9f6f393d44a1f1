"""`python -m benchmarks.simulator`: speed, stylised facts, then the gates, which end with 1 when one is broken."""

from benchmarks.simulator import gates, speed

speed.main()
gates.main()
