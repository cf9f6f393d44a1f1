-- When accounts of the relation `watched` placed orders, and what else went on then. One row for each instant at which
-- one of them placed orders in a market after none there for $follow_seconds s, whatever became of them: nobody else has
-- a say in which rows there are.
--   alone          it had not placed an order in any market for $silence_seconds s
--   last_fill_us   when an order of it that rested was last filled, in any market: it may have answered that
--   just_before, near, before   accounts that placed orders in the market, summed over steps of 10 s: in the
--                  $follow_seconds s before, in these before and after, and in the $within_seconds s before; the
--                  account itself counts, in the step in which it placed this order; of rows that are alone
WITH placed AS (
    SELECT orders.account_id, orders.symbol, orders.us, min(orders.order_id) AS order_id
    FROM orders
    SEMI JOIN watched ON watched.account_id = orders.account_id
    WHERE orders.event = 'new'
    GROUP BY orders.account_id, orders.symbol, orders.us
),
instants AS (
    SELECT account_id, us, us - lag(us) OVER (PARTITION BY account_id ORDER BY us) AS silent_us
    FROM (SELECT DISTINCT account_id, us FROM placed) moments
),
begun AS (
    SELECT account_id, symbol, us, order_id
    FROM (
        SELECT *, us - lag(us) OVER (PARTITION BY account_id, symbol ORDER BY us) AS since_us FROM placed
    ) spaced
    WHERE since_us IS NULL OR since_us >= $follow_us
),
told AS (
    SELECT begun.*, coalesce(instants.silent_us >= $silence_us, TRUE) AS alone, begun.us - begun.us % 10000000 AS step_us
    FROM begun
    JOIN instants ON instants.account_id = begun.account_id AND instants.us = begun.us
),
answered AS (
    SELECT account_id, us, max(filled_us) OVER (PARTITION BY account_id ORDER BY us) AS last_fill_us
    FROM (
        SELECT account_id, us, CAST(NULL AS BIGINT) AS filled_us FROM told
        UNION ALL
        SELECT fills.account_id, fills.us, fills.us
        FROM fills
        SEMI JOIN watched ON watched.account_id = fills.account_id
        WHERE NOT fills.took
    ) both_kinds
),
crowd AS (
    SELECT symbol, us - us % 10000000 AS us, count(DISTINCT account_id) AS accounts
    FROM orders
    WHERE event = 'new'
    GROUP BY symbol, us - us % 10000000
),
asked AS (
    SELECT DISTINCT symbol, step_us FROM told WHERE alone
),
running AS (
    SELECT symbol, us, step_us, bound, sum(accounts) OVER (PARTITION BY symbol ORDER BY us) AS seen
    FROM (
        SELECT symbol, us, CAST(NULL AS BIGINT) AS step_us, 0 AS bound, accounts FROM crowd
        UNION ALL
        SELECT symbol, step_us - $within_us - 10000000, step_us, 1, 0 FROM asked
        UNION ALL
        SELECT symbol, step_us - $follow_us - 10000000, step_us, 2, 0 FROM asked
        UNION ALL
        SELECT symbol, step_us, step_us, 3, 0 FROM asked
        UNION ALL
        SELECT symbol, step_us + $follow_us, step_us, 4, 0 FROM asked
    ) bounded
),
surroundings AS (
    SELECT
        symbol, step_us,
        max(CASE WHEN bound = 3 THEN seen END) - max(CASE WHEN bound = 2 THEN seen END) AS just_before,
        max(CASE WHEN bound = 4 THEN seen END) - max(CASE WHEN bound = 2 THEN seen END) AS near,
        max(CASE WHEN bound = 3 THEN seen END) - max(CASE WHEN bound = 1 THEN seen END) AS before
    FROM running
    WHERE step_us IS NOT NULL
    GROUP BY symbol, step_us
)
SELECT
    told.account_id, told.symbol, told.us, told.order_id, told.alone, filled.last_fill_us,
    CAST(surroundings.just_before AS BIGINT) AS just_before, CAST(surroundings.near AS BIGINT) AS near,
    CAST(surroundings.before AS BIGINT) AS before
FROM told
JOIN (
    SELECT account_id, us, max(last_fill_us) AS last_fill_us FROM answered GROUP BY account_id, us
) filled ON filled.account_id = told.account_id AND filled.us = told.us
LEFT JOIN surroundings ON told.alone AND surroundings.symbol = told.symbol AND surroundings.step_us = told.step_us
