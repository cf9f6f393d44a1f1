INSERT INTO ring (run, id, score, tier, size, summary) VALUES (?, ?, ?, ?, ?, ?)
