-- How busy each market was: one row for each half minute with orders or trades, of it and the half minute before.
--   crowd   accounts that placed orders, counted once in each of the two
--   move    how large the range of prices was among all half minutes of the market: the top 2^-move of them, 16 at most
--   crowd_soon, move_soon   the larger of these and those of the next half minute
WITH activity AS (
    SELECT
        symbol, us - us % 30000000 AS step_us, count(DISTINCT account_id) AS accounts, CAST(NULL AS DOUBLE) AS low,
        CAST(NULL AS DOUBLE) AS high
    FROM orders
    WHERE event = 'new'
    GROUP BY symbol, us - us % 30000000
    UNION ALL
    SELECT symbol, us - us % 30000000, 0, min(CAST(price AS DOUBLE)), max(CAST(price AS DOUBLE))
    FROM trades
    GROUP BY symbol, us - us % 30000000
),
steps AS (
    SELECT symbol, step_us, sum(accounts) AS accounts, min(low) AS low, max(high) AS high
    FROM activity
    GROUP BY symbol, step_us
),
paired AS (
    SELECT
        *,
        step_us - lag(step_us) OVER (PARTITION BY symbol ORDER BY step_us) = 30000000 AS next,
        lag(accounts) OVER (PARTITION BY symbol ORDER BY step_us) AS accounts_before,
        lag(low) OVER (PARTITION BY symbol ORDER BY step_us) AS low_before,
        lag(high) OVER (PARTITION BY symbol ORDER BY step_us) AS high_before
    FROM steps
),
ranged AS (
    SELECT
        symbol, step_us,
        accounts + CASE WHEN next THEN accounts_before ELSE 0 END AS crowd,
        coalesce(ln(
            greatest(coalesce(high, high_before), CASE WHEN next THEN coalesce(high_before, high) ELSE high END)
            / least(coalesce(low, low_before), CASE WHEN next THEN coalesce(low_before, low) ELSE low END)
        ), 0) AS price_range
    FROM paired
),
ranked AS (
    SELECT symbol, step_us, crowd, percent_rank() OVER (PARTITION BY symbol ORDER BY price_range) AS below FROM ranged
),
told AS (
    SELECT
        symbol, step_us, CAST(crowd AS BIGINT) AS crowd,
        CAST(least(16, floor(-ln(greatest(1 - below, 1e-9)) / ln(2))) AS BIGINT) AS move
    FROM ranked
),
followed AS (
    SELECT
        *,
        lead(step_us) OVER (PARTITION BY symbol ORDER BY step_us) - step_us = 30000000 AS goes_on,
        lead(crowd) OVER (PARTITION BY symbol ORDER BY step_us) AS crowd_after,
        lead(move) OVER (PARTITION BY symbol ORDER BY step_us) AS move_after
    FROM told
)
SELECT
    symbol, step_us, crowd, move,
    CASE WHEN goes_on THEN greatest(crowd, crowd_after) ELSE crowd END AS crowd_soon,
    CASE WHEN goes_on THEN greatest(move, move_after) ELSE move END AS move_soon
FROM followed
