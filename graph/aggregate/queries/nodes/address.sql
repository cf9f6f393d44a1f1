-- What service is each address known for, and on which chain is it? Of several chains the first by name is shown.
WITH chains AS (
    SELECT address, min(network) AS network
    FROM (SELECT address, network FROM deposit_addresses UNION ALL SELECT address, network FROM transfers)
    WHERE network IS NOT NULL AND address IN (FROM ids)
    GROUP BY address
)
SELECT id, category, network
FROM ids
LEFT JOIN chains ON address = id
LEFT JOIN current_services ON identifier = id AND kind = 'address'
