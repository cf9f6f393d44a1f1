-- The price before each episode: that of the last trade in its market before it began, no earlier than the hour before.
WITH wanted AS (
    SELECT DISTINCT symbol, from_us, from_us - from_us % 3600000000 AS hour_us FROM counted WHERE side IS NOT NULL
),
hours AS (
    SELECT symbol, from_us, hour_us FROM wanted
    UNION ALL
    SELECT symbol, from_us, hour_us - 3600000000 FROM wanted
),
prices AS (
    SELECT
        hours.symbol, hours.from_us, CAST(trades.price AS DOUBLE) AS price,
        row_number() OVER (
            PARTITION BY hours.symbol, hours.from_us ORDER BY trades.us DESC, trades.trade_id DESC
        ) AS place
    FROM hours
    JOIN trades ON trades.symbol = hours.symbol AND trades.us - trades.us % 3600000000 = hours.hour_us
    WHERE trades.us < hours.from_us
)
SELECT symbol, from_us, price FROM prices WHERE place = 1
