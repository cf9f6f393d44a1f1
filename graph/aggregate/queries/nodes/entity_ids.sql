-- Which legal owners are declared?
SELECT owner_id AS id FROM accounts
