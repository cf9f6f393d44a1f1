SELECT
    trade_id, symbol, price, quantity, epoch_us(ts) AS us, maker_account_id, taker_account_id, taker_side,
    maker_order_id, taker_order_id
FROM held_trades
WHERE epoch_us(ts) < $before_us
