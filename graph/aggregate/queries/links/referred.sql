-- Whose referral code did an account use?
SELECT
    referrer_account_id AS source, account_id AS target,
    opened_at AS ts, 'account:' || account_id AS event_id
FROM accounts
WHERE referrer_account_id <> account_id
