-- Of `wakes` those of accounts that quote are left out: of whose orders, beside the one that trades, a $size_ratio-th of
-- the wave or more stands on the trading side, or was filled there within the last $withdrawal_seconds s. What stands is
-- the sum of what was placed less what was gone: in all hours before, and in that hour before the trade.
WITH asked AS (
    SELECT
        account_id, symbol, CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS side, wave, order_id, first_us,
        first_us - first_us % 3600000000 AS hour_us
    FROM wakes
),
hourly AS (
    SELECT account_id, symbol, side, hour_us, sum(change) AS change
    FROM (
        SELECT account_id, symbol, side, placed_us - placed_us % 3600000000 AS hour_us, sum(stated) AS change
        FROM quotes
        GROUP BY account_id, symbol, side, placed_us - placed_us % 3600000000
        UNION ALL
        SELECT account_id, symbol, side, gone_us - gone_us % 3600000000, -sum(stated)
        FROM quotes
        WHERE gone_us IS NOT NULL
        GROUP BY account_id, symbol, side, gone_us - gone_us % 3600000000
        UNION ALL
        SELECT account_id, symbol, side, hour_us, CAST(0 AS DECIMAL(38, 9)) FROM asked
    ) changes
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
parts AS (
    SELECT asked.account_id, asked.symbol, asked.side, asked.wave, asked.order_id, earlier_hours.quantity
    FROM asked
    JOIN earlier_hours
        ON earlier_hours.account_id = asked.account_id AND earlier_hours.symbol = asked.symbol
       AND earlier_hours.side = asked.side AND earlier_hours.hour_us = asked.hour_us
    UNION ALL
    SELECT asked.account_id, asked.symbol, asked.side, asked.wave, asked.order_id, quotes.stated
    FROM quotes
    JOIN asked
        ON asked.account_id = quotes.account_id AND asked.symbol = quotes.symbol AND asked.side = quotes.side
       AND asked.hour_us = quotes.placed_us - quotes.placed_us % 3600000000
    WHERE quotes.placed_us < asked.first_us
    UNION ALL
    SELECT asked.account_id, asked.symbol, asked.side, asked.wave, asked.order_id, -quotes.stated
    FROM quotes
    JOIN asked
        ON asked.account_id = quotes.account_id AND asked.symbol = quotes.symbol AND asked.side = quotes.side
       AND asked.hour_us = quotes.gone_us - quotes.gone_us % 3600000000
    WHERE quotes.gone_us < asked.first_us
),
standing AS (
    SELECT account_id, symbol, CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS side, wave, order_id,
           sum(quantity) AS quantity
    FROM parts
    GROUP BY account_id, symbol, side, wave, order_id
)
SELECT wakes.*
FROM wakes
JOIN standing
    ON standing.account_id = wakes.account_id AND standing.symbol = wakes.symbol AND standing.side = wakes.side
   AND standing.wave = wakes.wave AND standing.order_id = wakes.order_id
WHERE $size_ratio * CAST(standing.quantity - coalesce(wakes.rested, 0) AS DOUBLE) < CAST(wakes.wave_quantity AS DOUBLE)
