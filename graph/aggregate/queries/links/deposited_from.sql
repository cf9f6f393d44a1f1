-- From which address did deposits of an account come, by asset?
-- Where the other end is known to be an account the link is TRANSFERRED_TO.
SELECT
    account_id AS source, address AS target, coalesce(asset, '') AS qualifier,
    ts, "count" AS n, transfer_id AS event_id
FROM transfers
WHERE direction = 'deposit' AND address IS NOT NULL AND counterparty_account_id IS NULL
