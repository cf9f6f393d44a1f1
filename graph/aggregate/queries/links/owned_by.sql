-- Who owns an account, as declared? Ownership has no time of its own.
SELECT
    account_id AS source, owner_id AS target, '' AS qualifier,
    CAST(NULL AS TIMESTAMPTZ) AS ts, 1 AS n, 'account:' || account_id AS event_id, CAST(NULL AS DOUBLE) AS volume
FROM accounts
WHERE owner_id IS NOT NULL
