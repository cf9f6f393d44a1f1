-- When accounts of the relation `watched` placed orders, and what else went on then. One row for each instant at which
-- one of them placed orders in a market after none there for $follow_seconds s, whatever became of them: nobody else has
-- a say in which rows there are.
--   alone         it had not placed an order in any market for $silence_seconds s
--   last_fill_us  when an order of it that rested was last filled, in any market: it may have answered that
--   crowd, move   of the market (relation `states`), itself included
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
answered AS (
    SELECT account_id, us, max(last_fill_us) AS last_fill_us
    FROM (
        SELECT account_id, us, max(filled_us) OVER (PARTITION BY account_id ORDER BY us) AS last_fill_us
        FROM (
            SELECT account_id, us, CAST(NULL AS BIGINT) AS filled_us FROM begun
            UNION ALL
            SELECT fills.account_id, fills.us, fills.us
            FROM fills
            SEMI JOIN watched ON watched.account_id = fills.account_id
            WHERE NOT fills.took
        ) both_kinds
    ) running
    GROUP BY account_id, us
)
SELECT
    begun.account_id, begun.symbol, begun.us, begun.order_id,
    coalesce(instants.silent_us >= $silence_us, TRUE) AS alone, answered.last_fill_us,
    states.crowd, states.move
FROM begun
JOIN instants ON instants.account_id = begun.account_id AND instants.us = begun.us
JOIN answered ON answered.account_id = begun.account_id AND answered.us = begun.us
JOIN states ON states.symbol = begun.symbol AND states.step_us = begun.us - begun.us % $step_us
