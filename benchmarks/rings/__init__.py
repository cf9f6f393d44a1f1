"""Rings found, beside what others would find: `python -m benchmarks.rings.compare`."""
