-- Which accounts does anything name?
SELECT account_id AS id FROM accounts
UNION SELECT referrer_account_id FROM accounts
UNION SELECT account_id FROM sessions
UNION SELECT account_id FROM deposit_addresses
UNION SELECT account_id FROM transfers
UNION SELECT counterparty_account_id FROM transfers
UNION SELECT account_id FROM orders
UNION SELECT maker_account_id FROM trades
UNION SELECT taker_account_id FROM trades
UNION SELECT account_id FROM liquidations
UNION SELECT leader_account_id FROM declared_relations
UNION SELECT follower_account_id FROM declared_relations
