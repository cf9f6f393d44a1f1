-- Waves of withdrawals: orders of one account on one side of a book that went nearly unfilled, each at most
-- $withdrawal_seconds s after the one before. An order that was gone within $least_rest_seconds s was never for anybody
-- to see.
WITH unfilled AS (
    SELECT
        lives.account_id, lives.symbol, lives.side, lives.price, lives.stated, lives.placed_us, lives.ended_us
    FROM lives
    LEFT JOIN executed ON executed.order_id = lives.order_id
    WHERE lives.withdrawn
      AND CAST(coalesce(executed.quantity, 0) AS DOUBLE)
          <= (1 - $unfilled_share) * CAST(lives.stated AS DOUBLE) * 1.000000001
      AND lives.ended_us - lives.placed_us >= $least_rest_us
),
spaced AS (
    SELECT
        *,
        CASE
            WHEN ended_us - lag(ended_us) OVER (PARTITION BY account_id, symbol, side ORDER BY ended_us)
                 <= $withdrawal_us THEN 0
            ELSE 1
        END AS starts
    FROM unfilled
),
numbered AS (
    SELECT
        *,
        sum(starts) OVER (
            PARTITION BY account_id, symbol, side ORDER BY ended_us RANGE UNBOUNDED PRECEDING
        ) AS wave
    FROM spaced
)
SELECT
    account_id, symbol, side, wave,
    count(DISTINCT price) AS levels,
    count(DISTINCT price) >= $least_levels AS layered,
    sum(stated) AS quantity,
    min(placed_us) AS first_placed_us,
    max(placed_us) AS last_placed_us,
    min(ended_us) AS first_gone_us,
    max(ended_us) AS last_gone_us
FROM numbered
GROUP BY account_id, symbol, side, wave
