-- What service is each IP address known for: itself, else the smallest network around it?
WITH around AS (
    SELECT
        ip,
        first(category ORDER BY CAST(split_part(network, '/', 2) AS INTEGER) DESC, network) AS category
    FROM (SELECT DISTINCT ip, network FROM ip_networks)
    JOIN current_services ON identifier = network AND kind = 'ip'
    GROUP BY ip
)
SELECT id, coalesce(itself.category, around.category) AS category
FROM ids
LEFT JOIN (FROM current_services WHERE kind = 'ip') AS itself ON itself.identifier = id
LEFT JOIN around ON around.ip = id
