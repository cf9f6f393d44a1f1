-- Which addresses were assigned, paid from or paid to?
SELECT address AS id FROM deposit_addresses
UNION ALL SELECT address FROM transfers WHERE counterparty_account_id IS NULL
