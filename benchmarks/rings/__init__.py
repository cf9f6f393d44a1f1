"""Rings found, beside what others would find, and framing: `python -m benchmarks.rings`."""
