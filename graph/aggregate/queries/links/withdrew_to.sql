-- To which address did an account withdraw?
SELECT
    account_id AS source, address AS target, '' AS qualifier,
    ts, "count" AS n, transfer_id AS event_id, CAST(NULL AS DOUBLE) AS volume
FROM transfers
WHERE direction = 'withdrawal' AND address IS NOT NULL
