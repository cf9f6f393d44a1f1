"""What learned scores add, on real bans and on fresh simulated worlds, and what they cost."""
