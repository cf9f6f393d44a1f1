"""Planted rings: who is in one, and the acts that its members commit."""
