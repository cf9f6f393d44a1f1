-- Which account was used from which device?
SELECT
    account_id AS source, device_id AS target,
    ts, row_hash AS event_hash
FROM sessions
WHERE device_id IS NOT NULL
