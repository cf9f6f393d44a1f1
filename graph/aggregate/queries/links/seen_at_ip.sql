-- Which account was used from which IP address?
SELECT
    account_id AS source, ip AS target,
    ts, row_hash AS event_hash
FROM sessions
WHERE ip IS NOT NULL
