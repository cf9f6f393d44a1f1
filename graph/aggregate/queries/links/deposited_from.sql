-- From which address did deposits of an account come?
SELECT
    account_id AS source, address AS target, '' AS qualifier,
    ts, "count" AS n, transfer_id AS event_id, CAST(NULL AS DOUBLE) AS volume
FROM transfers
WHERE direction = 'deposit' AND address IS NOT NULL
