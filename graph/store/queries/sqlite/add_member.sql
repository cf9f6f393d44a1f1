INSERT INTO member (ring, account, role, score, tier, run)
VALUES (?1, (SELECT key FROM node WHERE label = ?2 AND id = ?3), ?4, ?5, ?6, ?7)
