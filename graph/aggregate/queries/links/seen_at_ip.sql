-- Which account was used from which IP address?
SELECT
    account_id AS source, ip AS target, '' AS qualifier,
    ts, 1 AS n, event_id, CAST(NULL AS DOUBLE) AS volume
FROM sessions
WHERE ip IS NOT NULL
