-- Which pairs may have become links of trades? One new trade is enough: the other may be on the tape.
SELECT maker_account_id AS source, taker_account_id AS target, symbol AS qualifier
FROM trades
WHERE maker_account_id <> taker_account_id AND status IS DISTINCT FROM 'busted'
