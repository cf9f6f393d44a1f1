INSERT INTO degree (node, links)
SELECT node, count(*)
FROM (
    SELECT source AS node FROM link WHERE key > :newest
    UNION ALL
    SELECT target FROM link WHERE key > :newest AND target <> source
)
WHERE true
GROUP BY node
ON CONFLICT (node) DO UPDATE SET links = links + excluded.links
