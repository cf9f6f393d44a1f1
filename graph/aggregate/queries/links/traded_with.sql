-- Who filled whose resting orders in a symbol, at least twice?
-- Nearly all pairs of a real book meet once: those stay on the tape. Price times quantity has up to 72 digits, so it is
-- summed exactly as four whole numbers below 10^18, worth 10^18, 1, 10^-18 and 10^-36 each.
WITH fills AS (
    SELECT maker_account_id AS source, taker_account_id AS target, symbol AS qualifier, ts, trade_id, price, quantity
    FROM valid_trades
    WHERE maker_account_id <> taker_account_id
),
repeated AS (
    SELECT source, target, qualifier FROM fills GROUP BY ALL HAVING count(*) >= 2
),
halves AS (
    SELECT
        fills.*,
        CAST(trunc(price) AS HUGEINT) AS price_whole,
        CAST(CAST(price - trunc(price) AS DECIMAL(19, 18)) * CAST(1000000000000000000 AS DECIMAL(19, 0)) AS HUGEINT)
            AS price_part,
        CAST(trunc(quantity) AS HUGEINT) AS quantity_whole,
        CAST(CAST(quantity - trunc(quantity) AS DECIMAL(19, 18)) * CAST(1000000000000000000 AS DECIMAL(19, 0)) AS HUGEINT)
            AS quantity_part
    FROM fills
    SEMI JOIN repeated USING (source, target, qualifier)
),
products AS (
    SELECT
        *,
        price_part * quantity_part AS low,
        low // 1000000000000000000 + price_whole * quantity_part + price_part * quantity_whole AS middle,
        middle // 1000000000000000000 + price_whole * quantity_whole AS high
    FROM halves
)
SELECT
    source, target, qualifier, ts, trade_id AS event_id,
    CAST(sum(high // 1000000000000000000) OVER pair AS DOUBLE) * 1e18
        + CAST(sum(high % 1000000000000000000) OVER pair AS DOUBLE)
        + CAST(sum(middle % 1000000000000000000) OVER pair AS DOUBLE) * 1e-18
        + CAST(sum(low % 1000000000000000000) OVER pair AS DOUBLE) * 1e-36 AS volume
FROM products
WINDOW pair AS (PARTITION BY source, target, qualifier)
