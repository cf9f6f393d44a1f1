-- Who owns an account, as declared? Ownership has no time of its own.
SELECT
    account_id AS source, owner_id AS target,
    CAST(NULL AS TIMESTAMPTZ) AS ts, 'account:' || account_id AS event_id
FROM accounts
WHERE owner_id IS NOT NULL
