-- Every order that traded: when first and last, how much, at what mean price, and whether it took what rested.
SELECT
    order_id,
    max(account_id) AS account_id,
    max(symbol) AS symbol,
    max(side) AS side,
    min(us) AS first_us,
    max(us) AS last_us,
    sum(quantity) AS quantity,
    sum(CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 9))) AS notional,
    max(CASE WHEN took THEN 1 ELSE 0 END) = 1 AS took
FROM fills
WHERE order_id IS NOT NULL
GROUP BY order_id
