-- One row per order from its placement to its end: `ended_us` and `left_over` are null while it rests or when it was
-- filled whole; `withdrawn` says that its author took it back (an expiry is the exchange's act). `price` and `ordered`
-- are those of the placement. `stated` is the most that it ever offered, so that amending it away before the end hides
-- nothing; `smallest` the least. `amended_us` is its first amendment.
SELECT
    order_id,
    max(account_id) AS account_id,
    max(symbol) AS symbol,
    max(side) AS side,
    max(price) FILTER (WHERE event = 'new') AS price,
    max(order_type) AS order_type,
    min(us) FILTER (WHERE event = 'new') AS placed_us,
    max(quantity) FILTER (WHERE event = 'new') AS ordered,
    max(quantity) FILTER (WHERE event IN ('new', 'amend')) AS stated,
    min(quantity) FILTER (WHERE event IN ('new', 'amend')) AS smallest,
    min(us) FILTER (WHERE event = 'amend') AS amended_us,
    max(us) FILTER (WHERE event IN ('cancel', 'expire')) AS ended_us,
    max(quantity) FILTER (WHERE event IN ('cancel', 'expire')) AS left_over,
    max(CASE WHEN event = 'cancel' THEN 1 ELSE 0 END) = 1 AS withdrawn
FROM orders
GROUP BY order_id
HAVING min(us) FILTER (WHERE event = 'new') IS NOT NULL
