SELECT account_id, owner_id, segment FROM tape_accounts
