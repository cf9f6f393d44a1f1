-- How much there is to look at: order events and trades, UTC days with order events, trades that name their orders.
SELECT
    (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM trades) AS trades,
    (SELECT count(DISTINCT us - us % 86400000000) FROM orders) AS days,
    (SELECT count(*) FROM trades WHERE maker_order_id IS NOT NULL AND taker_order_id IS NOT NULL) AS trades_of_orders
