-- Every order that traded: when first and last, how much for how much money, and how much of it took what rested, which
-- alone is its author's own doing. An order that is not on the tape, or is another account's there, is nobody's: a trade
-- alone says of nobody what he did.
WITH traded AS (
    SELECT
        order_id,
        account_id,
        max(symbol) AS symbol,
        max(side) AS side,
        min(us) AS first_us,
        max(us) AS last_us,
        sum(quantity) AS quantity,
        sum(CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 12))) AS notional,
        max(CASE WHEN took THEN 1 ELSE 0 END) = 1 AS took,
        sum(CASE WHEN took THEN quantity END) AS taken,
        sum(CASE WHEN took THEN CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 12)) END)
            AS taken_notional
    FROM fills
    WHERE order_id IS NOT NULL
    GROUP BY order_id, account_id
)
SELECT traded.*
FROM traded
SEMI JOIN lives ON lives.order_id = traded.order_id AND lives.account_id = traded.account_id
