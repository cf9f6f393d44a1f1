-- Both sides of every valid trade, each as its own account sees it.
SELECT
    trade_id, symbol, us, price, quantity, maker_account_id AS account_id, taker_account_id AS counterparty_id,
    CASE taker_side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS side, maker_order_id AS order_id, FALSE AS took
FROM trades
UNION ALL
SELECT
    trade_id, symbol, us, price, quantity, taker_account_id, maker_account_id,
    taker_side, taker_order_id, TRUE
FROM trades
