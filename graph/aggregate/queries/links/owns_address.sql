-- Which address did the exchange assign to which account?
SELECT
    account_id AS source, address AS target, '' AS qualifier,
    assigned_at AS ts, 1 AS n, 'assignment:' || address AS event_id, CAST(NULL AS DOUBLE) AS volume
FROM deposit_addresses
