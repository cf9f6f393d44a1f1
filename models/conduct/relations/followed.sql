-- Trades in whose wake a wave on the other side of the book was withdrawn (see spoofing.sql and layering.sql), at least
-- $size_ratio times as large: one row for each wave and order that traded. Left out are the waves of an account that
-- quotes, of whose orders, beside the one that trades, a $size_ratio-th of the wave or more stands on the trading side.
WITH slots AS (
    SELECT *, first_gone_us - first_gone_us % $withdrawal_us AS slot_us FROM withdrawals
    UNION ALL
    SELECT
        *, first_gone_us - first_gone_us % $withdrawal_us - $withdrawal_us AS slot_us
    FROM withdrawals
),
traded AS (
    SELECT
        order_id, account_id, symbol, side, quantity, first_us,
        first_us - first_us % $withdrawal_us AS slot_us
    FROM executed
),
wakes AS (
    SELECT
        slots.account_id, slots.symbol, slots.side, slots.wave, slots.levels, slots.layered,
        slots.quantity AS wave_quantity, slots.first_placed_us, slots.last_placed_us, slots.first_gone_us,
        slots.last_gone_us, traded.account_id AS trader_id, traded.order_id, traded.first_us, traded.quantity
    FROM slots
    JOIN traded ON traded.symbol = slots.symbol AND traded.slot_us = slots.slot_us
    WHERE traded.side <> slots.side
      AND traded.first_us < slots.first_gone_us
      AND slots.first_gone_us - traded.first_us <= $withdrawal_us
      AND slots.last_placed_us < traded.first_us
),
sized AS (
    SELECT
        wakes.*,
        CASE WHEN wakes.trader_id = wakes.account_id THEN 'alone' ELSE 'split' END AS form,
        CASE
            WHEN wakes.trader_id = wakes.account_id AND lives.price IS NOT NULL
                 AND lives.placed_us < wakes.first_us THEN lives.stated
        END AS rested
    FROM wakes
    JOIN lives ON lives.order_id = wakes.order_id
    WHERE CAST(wakes.wave_quantity AS DOUBLE) >= $size_ratio * CAST(lives.stated AS DOUBLE) * 0.999999999
      AND (wakes.trader_id = wakes.account_id OR lives.placed_us > wakes.last_placed_us)
),
quotes AS (
    SELECT
        lives.account_id, lives.symbol, lives.side, lives.stated, lives.placed_us,
        coalesce(
            lives.ended_us, CASE WHEN executed.quantity >= lives.stated THEN executed.last_us END
        ) AS gone_us
    FROM lives
    SEMI JOIN sized ON sized.account_id = lives.account_id AND sized.symbol = lives.symbol
    LEFT JOIN executed ON executed.order_id = lives.order_id
    WHERE lives.price IS NOT NULL
),
changes AS (
    SELECT account_id, symbol, side, placed_us AS us, placed_us - placed_us % 3600000000 AS hour_us, stated AS change
    FROM quotes
    UNION ALL
    SELECT account_id, symbol, side, gone_us, gone_us - gone_us % 3600000000, -stated
    FROM quotes
    WHERE gone_us IS NOT NULL
),
asked AS (
    SELECT
        account_id, symbol, CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS side, wave, order_id, first_us,
        first_us - first_us % 3600000000 AS hour_us
    FROM sized
),
hourly AS (
    SELECT account_id, symbol, side, hour_us, sum(change) AS change
    FROM (
        SELECT account_id, symbol, side, hour_us, change FROM changes
        UNION ALL
        SELECT account_id, symbol, side, hour_us, CAST(0 AS DECIMAL(38, 9)) FROM asked
    ) both_of_them
    GROUP BY account_id, symbol, side, hour_us
),
earlier_hours AS (
    SELECT
        account_id, symbol, side, hour_us,
        sum(change) OVER (
            PARTITION BY account_id, symbol, side ORDER BY hour_us ROWS UNBOUNDED PRECEDING
        ) - change AS quantity
    FROM hourly
),
standing AS (
    SELECT
        asked.account_id, asked.symbol, asked.side, asked.wave, asked.order_id,
        max(earlier_hours.quantity) + coalesce(sum(changes.change), 0) AS quantity
    FROM asked
    JOIN earlier_hours
        ON earlier_hours.account_id = asked.account_id AND earlier_hours.symbol = asked.symbol
       AND earlier_hours.side = asked.side AND earlier_hours.hour_us = asked.hour_us
    LEFT JOIN changes
        ON changes.account_id = asked.account_id AND changes.symbol = asked.symbol AND changes.side = asked.side
       AND changes.hour_us = asked.hour_us AND changes.us < asked.first_us
    GROUP BY asked.account_id, asked.symbol, asked.side, asked.wave, asked.order_id
)
SELECT sized.*
FROM sized
JOIN standing
    ON standing.account_id = sized.account_id AND standing.symbol = sized.symbol AND standing.side <> sized.side
   AND standing.wave = sized.wave AND standing.order_id = sized.order_id
WHERE $size_ratio * CAST(standing.quantity - coalesce(sized.rested, 0) AS DOUBLE)
      < CAST(sized.wave_quantity AS DOUBLE)
