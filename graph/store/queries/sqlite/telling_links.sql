WITH frontier AS MATERIALIZED (
    SELECT value AS key FROM json_each(:frontier)
),
type AS MATERIALIZED (
    SELECT code, name FROM word WHERE code IN (SELECT value FROM json_each(:types))
),
touching AS (
    SELECT frontier.key AS from_key, link.target AS to_key, 0 AS incoming, type.name AS type_name, link.*
    FROM frontier CROSS JOIN type CROSS JOIN link ON link.type = type.code AND link.source = frontier.key
    UNION ALL
    SELECT frontier.key, link.source, 1, type.name, link.*
    FROM frontier CROSS JOIN link ON link.target = frontier.key AND link.source <> frontier.key
    CROSS JOIN type ON type.code = link.type
),
ranked AS (
    SELECT
        touching.from_key, touching.to_key, label.name AS to_kind, other.id AS to_id, degree.links, touching.type_name,
        touching.incoming, touching.qualifier, touching.count, touching.day_count, touching.first_ts, touching.last_ts,
        row_number() OVER (
            PARTITION BY touching.from_key
            ORDER BY degree.links, touching.day_count DESC, other.id, label.name,
                touching.type_name, touching.incoming, touching.qualifier
        ) AS place
    FROM touching
    CROSS JOIN degree ON degree.node = touching.to_key
    CROSS JOIN node AS other ON other.key = touching.to_key
    CROSS JOIN word AS label ON label.code = other.label
    WHERE touching.undated > 0
        OR ((:since IS NULL OR touching.last_ts >= :since) AND (:until IS NULL OR touching.first_ts <= :until))
)
SELECT from_key, to_key, to_kind, to_id, links, type_name, incoming, qualifier, count, day_count, first_ts, last_ts
FROM ranked
WHERE place <= :links_per_node
