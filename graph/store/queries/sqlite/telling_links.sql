WITH touching AS (
    SELECT link.target AS other_key, 0 AS incoming, link.*
    FROM word CROSS JOIN link ON link.type = word.code AND link.source = :near
    WHERE word.code IN (SELECT value FROM json_each(:types))
    UNION ALL
    SELECT link.source, 1, link.*
    FROM link
    WHERE link.target = :near AND link.source <> :near
)
SELECT
    :near, touching.other_key, label.name, other.id, degree.links, type.name, touching.incoming,
    touching.qualifier, touching.count, touching.day_count, touching.first_ts, touching.last_ts
FROM touching
CROSS JOIN degree ON degree.node = touching.other_key
CROSS JOIN node AS other ON other.key = touching.other_key
CROSS JOIN word AS label ON label.code = other.label
CROSS JOIN word AS type ON type.code = touching.type
WHERE touching.undated > 0
    OR ((:since IS NULL OR touching.last_ts >= :since) AND (:until IS NULL OR touching.first_ts <= :until))
ORDER BY
    degree.links, touching.day_count DESC, other.id, label.name, type.name, touching.incoming, touching.qualifier
LIMIT :links_per_node
