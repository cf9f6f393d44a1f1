-- Front running: an account trades just ahead of another's large order and closes into the price that the order makes.
--
-- An act: within lead_seconds before a large order of another account, the account takes from the book on the same side
-- of the same market; within close_minutes after it, the account has closed at least closed_share of that, with a gain
-- or not (the gain is told).
-- Large: the notional taken is among the share largest of its market and day, and moved the price, from the instant
-- before it to its furthest fill, by at least impact_deviations standard deviations of all taking orders of that market
-- and day.
-- Who closes orders it after it has opened: a resting order of before, which somebody hits, closes nothing.
-- However often one other account's orders are met, it counts once: whoever wants to can trade behind somebody.
-- Expected by chance: over all orders with which the account took from the book, the chance that a large order of
-- others on that side of that market follows within lead_seconds at that hour.
--
-- Source: our own; the practice of surveillance vendors (order, anticipation, reversal). Regulation (EU) No 596/2014,
-- article 7(1)(d) (information conveyed by a client relating to pending orders).
--
-- Parameters:
--   share              0.05   largest share of a market's and day's taking orders that is large
--   impact_deviations  0.25   standard deviations of price moves of taking orders
--   lead_seconds       60     seconds before the large order
--   close_minutes      10     minutes after it
--   closed_share       0.7    share of the position that was closed
--   least_acts         5      other accounts run ahead of, the fewest that count
--   least_days         3      distinct UTC days with acts, the fewest that count
--   most_chance        1e-6   highest probability that chance alone gives as many acts
WITH instants AS (
    SELECT
        symbol, us,
        CAST(sum(CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 12))) AS DOUBLE)
            / CAST(sum(quantity) AS DOUBLE) AS price
    FROM trades
    GROUP BY symbol, us
),
tape AS (
    SELECT symbol, us, lag(price) OVER (PARTITION BY symbol ORDER BY us) AS before FROM instants
),
reached AS (
    SELECT
        taker_order_id AS order_id, max(symbol) AS symbol, min(us) AS first_us,
        CAST(CASE max(taker_side) WHEN 'buy' THEN max(price) ELSE min(price) END AS DOUBLE) AS last_price
    FROM trades
    WHERE taker_order_id IS NOT NULL
    GROUP BY taker_order_id
),
moves AS (
    SELECT reached.order_id, reached.last_price, tape.before
    FROM reached
    JOIN tape ON tape.symbol = reached.symbol AND tape.us = reached.first_us
),
takes AS (
    SELECT
        executed.order_id, executed.account_id, executed.symbol, executed.side, executed.first_us, executed.last_us,
        executed.taken, executed.taken_notional, executed.first_us - executed.first_us % 86400000000 AS day_us,
        ln(moves.last_price / moves.before) * CASE executed.side WHEN 'buy' THEN 1 ELSE -1 END AS move
    FROM executed
    JOIN moves ON moves.order_id = executed.order_id
    WHERE executed.took AND moves.before IS NOT NULL
),
ranked AS (
    SELECT
        *,
        count(*) OVER (
            PARTITION BY symbol, day_us ORDER BY taken_notional DESC RANGE UNBOUNDED PRECEDING
        ) AS place,
        count(*) OVER (PARTITION BY symbol, day_us) AS orders,
        stddev_pop(move) OVER (PARTITION BY symbol, day_us) AS spread
    FROM takes
),
large AS (
    SELECT order_id, account_id, symbol, side, first_us
    FROM ranked
    WHERE place <= ceil($share * orders) AND spread > 0 AND move >= $impact_deviations * spread * 0.999999999
),
hours AS (
    SELECT symbol, side, (first_us - first_us % 3600000000) % 86400000000 AS hour_us, count(*) AS orders
    FROM large
    GROUP BY symbol, side, (first_us - first_us % 3600000000) % 86400000000
),
span AS (
    SELECT greatest((max(first_us) - min(first_us)) / 86400000000.0, 1.0) AS days FROM executed
),
sides AS (
    SELECT symbol, side, count(*) AS orders FROM large GROUP BY symbol, side
),
expected AS (
    SELECT
        takes.account_id,
        CAST(sum(CAST(1 - exp(-$lead_seconds * greatest(
            coalesce(hours.orders, 0) / (span.days * 3600.0), sides.orders / (span.days * 86400.0)
        )) AS DECIMAL(38, 18))) AS DOUBLE) AS expected
    FROM takes
    CROSS JOIN span
    JOIN sides ON sides.symbol = takes.symbol AND sides.side = takes.side
    LEFT JOIN hours
        ON hours.symbol = takes.symbol AND hours.side = takes.side
       AND hours.hour_us = (takes.first_us - takes.first_us % 3600000000) % 86400000000
    GROUP BY takes.account_id
),
slots AS (
    SELECT *, first_us - first_us % $lead_us AS slot_us FROM large
    UNION ALL
    SELECT *, first_us - first_us % $lead_us - $lead_us AS slot_us FROM large
),
ahead AS (
    SELECT
        opening.account_id, slots.account_id AS other_account_id, slots.order_id AS large_order_id, opening.symbol,
        opening.side, slots.first_us AS large_us,
        min(opening.first_us) AS from_us,
        sum(opening.taken) AS opened,
        sum(opening.taken_notional) AS paid,
        min(opening.order_id) AS opening_order_id
    FROM takes opening
    JOIN slots
        ON slots.symbol = opening.symbol
       AND slots.side = opening.side
       AND slots.slot_us = opening.first_us - opening.first_us % $lead_us
    WHERE slots.account_id <> opening.account_id
      AND opening.first_us < slots.first_us
      AND slots.first_us - opening.first_us <= $lead_us
    GROUP BY opening.account_id, slots.account_id, slots.order_id, opening.symbol, opening.side, slots.first_us
),
closed AS (
    SELECT
        ahead.account_id, ahead.large_order_id,
        sum(fills.quantity) AS quantity,
        sum(CAST(CAST(fills.price AS DOUBLE) * CAST(fills.quantity AS DOUBLE) AS DECIMAL(38, 9))) AS received,
        max(fills.us) AS to_us,
        min(fills.order_id) AS closing_order_id
    FROM ahead
    JOIN fills ON fills.account_id = ahead.account_id AND fills.symbol = ahead.symbol
    JOIN lives ON lives.order_id = fills.order_id AND lives.account_id = fills.account_id
    WHERE lives.placed_us >= ahead.from_us
      AND fills.side <> ahead.side
      AND fills.us >= ahead.large_us
      AND fills.us - ahead.large_us <= $close_us
    GROUP BY ahead.account_id, ahead.large_order_id
),
acts AS (
    SELECT
        ahead.*, closed.to_us, closed.closing_order_id,
        row_number() OVER (
            PARTITION BY ahead.account_id, ahead.other_account_id ORDER BY ahead.large_us, ahead.large_order_id
        ) AS nth,
        (CAST(closed.received AS DOUBLE) / CAST(closed.quantity AS DOUBLE))
            / (CAST(ahead.paid AS DOUBLE) / CAST(ahead.opened AS DOUBLE)) AS price_ratio
    FROM ahead
    JOIN closed ON closed.account_id = ahead.account_id AND closed.large_order_id = ahead.large_order_id
    WHERE CAST(closed.quantity AS DOUBLE) >= $closed_share * CAST(ahead.opened AS DOUBLE) * 0.999999999
)
SELECT
    acts.account_id, acts.other_account_id, 'ahead' AS form, acts.symbol, acts.side, acts.from_us,
    acts.to_us,
    (acts.price_ratio - 1) * CASE acts.side WHEN 'buy' THEN 1 ELSE -1 END AS magnitude,
    list_sort(list_value(acts.opening_order_id, acts.large_order_id, acts.closing_order_id)) AS event_ids,
    TRUE AS own_act, acts.nth = 1 AS counts, expected.expected
FROM acts
JOIN expected ON expected.account_id = acts.account_id
