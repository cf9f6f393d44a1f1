WITH doomed AS (
    SELECT source, target
    FROM link
    WHERE type = ?1
        AND source = (SELECT key FROM node WHERE label = ?2 AND id = ?3)
        AND target = (SELECT key FROM node WHERE label = ?4 AND id = ?5)
        AND qualifier = ?6
)
UPDATE degree SET links = links - 1
WHERE node IN (SELECT source FROM doomed UNION SELECT target FROM doomed)
