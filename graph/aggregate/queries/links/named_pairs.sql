-- Which pairs may have become links of trades, or have other trades now? One new trade is enough: the other may be on the
-- tape.
SELECT maker_account_id AS source, taker_account_id AS target, symbol AS qualifier
FROM trades
WHERE maker_account_id <> taker_account_id
UNION ALL
FROM main.revised_pairs
