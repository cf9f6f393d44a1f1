-- How busy each market was: one row for each half minute with orders or trades in it or beside it.
--   crowd  accounts that placed orders in it, the half minute before, and the one after, counted once in each
--   jump   the range of its prices together with those of the last half minute with trades: in octaves, 1 from a
--          hundredth of a per cent on; 0 if less
--   move   the largest jump of any half minute in the $lookback_seconds s before or up to the next one
WITH ordered AS (
    SELECT symbol, us - us % $step_us AS step_us, count(DISTINCT account_id) AS accounts
    FROM orders
    WHERE event = 'new'
    GROUP BY symbol, us - us % $step_us
),
traded AS (
    SELECT
        symbol, us - us % $step_us AS step_us, min(CAST(price AS DOUBLE)) AS low, max(CAST(price AS DOUBLE)) AS high
    FROM trades
    GROUP BY symbol, us - us % $step_us
),
ranged AS (
    SELECT
        symbol, step_us,
        CAST(greatest(0, floor(ln(greatest(ln(
            greatest(high, coalesce(lag(high) OVER (PARTITION BY symbol ORDER BY step_us), high))
            / least(low, coalesce(lag(low) OVER (PARTITION BY symbol ORDER BY step_us), low))
        ), 1e-9) / 1e-4) / ln(2)) + 1) AS BIGINT) AS jump
    FROM traded
),
steps AS (
    SELECT symbol, step_us, max(accounts) AS accounts, max(jump) AS jump
    FROM (
        SELECT symbol, step_us, accounts, CAST(0 AS BIGINT) AS jump FROM ordered
        UNION ALL
        SELECT symbol, step_us - $step_us, 0, 0 FROM ordered
        UNION ALL
        SELECT symbol, step_us + $step_us, 0, 0 FROM ordered
        UNION ALL
        SELECT symbol, step_us, 0, jump FROM ranged
    ) both_kinds
    GROUP BY symbol, step_us
)
SELECT
    symbol, step_us,
    CAST(sum(accounts) OVER (
        PARTITION BY symbol ORDER BY step_us RANGE BETWEEN $step_us PRECEDING AND $step_us FOLLOWING
    ) AS BIGINT) AS crowd,
    jump,
    max(jump) OVER (
        PARTITION BY symbol ORDER BY step_us RANGE BETWEEN $lookback_us PRECEDING AND $step_us FOLLOWING
    ) AS move
FROM steps
