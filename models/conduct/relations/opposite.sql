-- Orders that take all of their size from the book, exactly as the last order of that size in the market did on the
-- other side, for another account: within $gap_seconds s, and so soon that chance brings such a pair with probability
-- $rare at most, at the rate of that size over the tape, the day or the hour, or of that much money (within half a per
-- cent, for who orders twenty dollars' worth orders what others do) over the tape, whichever is highest. Usual sizes of
-- the account and orders by habit answer nobody. `expected`: the summed chances of all else that the account took.
WITH span AS (
    SELECT (max(last_us) - min(first_us) + 1) / 1000000.0 AS seconds FROM executed
),
takes AS (
    SELECT
        executed.order_id, executed.account_id, executed.symbol, executed.side, executed.taken AS quantity,
        executed.first_us, floor(ln(CAST(executed.taken_notional AS DOUBLE)) / 0.005) AS money
    FROM executed
    JOIN lives ON lives.order_id = executed.order_id AND lives.ordered = executed.taken
    WHERE executed.took AND executed.taken_notional > 0
),
pairs AS (
    SELECT
        *,
        lag(order_id) OVER (PARTITION BY symbol, quantity ORDER BY first_us, order_id) AS earlier_order_id,
        lag(account_id) OVER (PARTITION BY symbol, quantity ORDER BY first_us, order_id) AS other_account_id,
        lag(side) OVER (PARTITION BY symbol, quantity ORDER BY first_us, order_id) AS other_side,
        lag(first_us) OVER (PARTITION BY symbol, quantity ORDER BY first_us, order_id) AS from_us
    FROM takes
),
days AS (
    SELECT symbol, side, taken, first_us - first_us % 86400000000 AS day_us, count(*) AS on_day
    FROM executed
    WHERE took
    GROUP BY symbol, side, taken, first_us - first_us % 86400000000
),
hours AS (
    SELECT symbol, side, taken, first_us - first_us % 3600000000 AS hour_us, count(*) AS in_hour
    FROM executed
    WHERE took
    GROUP BY symbol, side, taken, first_us - first_us % 3600000000
),
in_all AS (
    SELECT symbol, side, taken, sum(on_day) AS in_all FROM days GROUP BY symbol, side, taken
),
monies AS (
    SELECT symbol, side, floor(ln(CAST(taken_notional AS DOUBLE)) / 0.005) AS money, count(*) AS in_all
    FROM executed
    WHERE took AND taken_notional > 0
    GROUP BY symbol, side, floor(ln(CAST(taken_notional AS DOUBLE)) / 0.005)
),
rates AS (
    SELECT
        pairs.*,
        greatest(
            coalesce(in_all.in_all, 0) / span.seconds, coalesce(monies.in_all, 0) / span.seconds,
            (coalesce(days.on_day, 0) - 1) / 86400.0,
            (coalesce(hours.in_hour, 0) - 1) / 3600.0, 0.5 / span.seconds
        ) AS opposite_a_second
    FROM pairs
    CROSS JOIN span
    LEFT JOIN in_all
        ON in_all.symbol = pairs.symbol AND in_all.taken = pairs.quantity AND in_all.side <> pairs.side
    LEFT JOIN monies
        ON monies.symbol = pairs.symbol AND monies.money = pairs.money AND monies.side <> pairs.side
    LEFT JOIN days
        ON days.symbol = pairs.symbol AND days.taken = pairs.quantity AND days.side <> pairs.side
       AND days.day_us = pairs.first_us - pairs.first_us % 86400000000
    LEFT JOIN hours
        ON hours.symbol = pairs.symbol AND hours.taken = pairs.quantity AND hours.side <> pairs.side
       AND hours.hour_us = pairs.first_us - pairs.first_us % 3600000000
    LEFT JOIN usual_sizes usual
        ON usual.account_id = pairs.account_id AND usual.symbol = pairs.symbol
       AND usual.size_band
           = CAST(floor(ln(CAST(pairs.quantity AS DOUBLE)) / (2 * greatest($size_tolerance, 0.001))) AS BIGINT)
    LEFT JOIN habits
        ON habits.account_id = pairs.account_id AND habits.symbol = pairs.symbol
       AND habits.minute_us = pairs.first_us % 86400000000 - pairs.first_us % 60000000
    WHERE usual.account_id IS NULL AND habits.account_id IS NULL
),
chances AS (
    SELECT
        account_id,
        CAST(sum(CAST(
            1 - exp(-least(opposite_a_second * $gap_seconds, $rare)) AS DECIMAL(38, 18)
        )) AS DOUBLE) AS expected
    FROM rates
    GROUP BY account_id
)
SELECT
    rates.order_id AS later_order_id, rates.account_id, rates.symbol, rates.side, CAST(quantity AS DOUBLE) AS size,
    first_us AS to_us, earlier_order_id, other_account_id, from_us, expected
FROM rates
JOIN chances ON chances.account_id = rates.account_id
WHERE other_side <> side
  AND other_account_id <> rates.account_id
  AND first_us > from_us
  AND first_us - from_us <= $gap_us
  AND (first_us - from_us) / 1000000.0 * opposite_a_second * 0.999999999 <= $rare
