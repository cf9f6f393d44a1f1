SELECT order_id, account_id, symbol, event, side, price, quantity, epoch_us(ts) AS us, order_type
FROM tape_orders
WHERE epoch_us(ts) < $before_us
