-- What is known of each account? Nothing, when the table accounts lacks it.
SELECT id, opened_at, segment, country, CAST(volume_usd AS DOUBLE) AS volume_usd
FROM ids
LEFT JOIN accounts ON account_id = id
