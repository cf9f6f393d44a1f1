-- To which address did an account withdraw, by asset?
-- Where the other end is known to be an account the link is TRANSFERRED_TO.
SELECT
    account_id AS source, address AS target, coalesce(asset, '') AS qualifier,
    ts, "count" AS n, transfer_id AS event_id
FROM transfers
WHERE direction = 'withdrawal' AND address IS NOT NULL AND counterparty_account_id IS NULL
