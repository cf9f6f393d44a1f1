DELETE FROM link
WHERE type = ?1
    AND source = (SELECT key FROM node WHERE label = ?2 AND id = ?3)
    AND target = (SELECT key FROM node WHERE label = ?4 AND id = ?5)
    AND qualifier = ?6
