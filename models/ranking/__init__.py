"""Gradient boosting over an account's own features and those of its company."""
