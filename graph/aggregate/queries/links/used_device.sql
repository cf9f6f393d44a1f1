-- Which account was used from which device?
SELECT
    account_id AS source, device_id AS target, '' AS qualifier,
    ts, 1 AS n, event_id, CAST(NULL AS DOUBLE) AS volume
FROM sessions
WHERE device_id IS NOT NULL
