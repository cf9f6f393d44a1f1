-- Between which accounts, in which symbol, did a trade stand that fresh rows correct or bust?
-- Of every row of such a trade, for a correction may name other accounts.
SELECT DISTINCT maker_account_id AS source, taker_account_id AS target, symbol AS qualifier
FROM main.trades
SEMI JOIN (SELECT trade_id FROM {fresh}.trades WHERE status IN ('corrected', 'busted')) USING (trade_id)
WHERE maker_account_id <> taker_account_id
