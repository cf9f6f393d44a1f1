-- Which address did the exchange assign to which account?
SELECT
    account_id AS source, address AS target,
    assigned_at AS ts, 'assignment:' || address AS event_id
FROM deposit_addresses
