"""Finds rings in a snapshot and says how sure it is."""
