-- Whose referral code did an account use?
SELECT
    referrer_account_id AS source, account_id AS target, '' AS qualifier,
    opened_at AS ts, 1 AS n, 'account:' || account_id AS event_id, CAST(NULL AS DOUBLE) AS volume
FROM accounts
WHERE referrer_account_id <> account_id
