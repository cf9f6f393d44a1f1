-- Trades of pairs that met, one as maker and the other as taker, at least $least_layers times in one market.
WITH pairs AS (
    SELECT symbol, maker_account_id, taker_account_id
    FROM trades
    WHERE maker_account_id <> taker_account_id
    GROUP BY symbol, maker_account_id, taker_account_id
    HAVING count(*) >= $least_layers
)
SELECT
    trades.symbol, trades.maker_account_id AS maker, trades.taker_account_id AS taker, trades.us, trades.trade_id,
    CASE trades.taker_side WHEN 'buy' THEN trades.quantity ELSE -trades.quantity END AS taken
FROM trades
JOIN pairs
    ON pairs.symbol = trades.symbol
   AND pairs.maker_account_id = trades.maker_account_id
   AND pairs.taker_account_id = trades.taker_account_id
