"""HTTP v1: what the enforcement service asks, answered from memory."""
