-- Sizes that an account orders in a market as a habit, told by bands of twice $size_tolerance (a price in dollars makes
-- all sizes of a hundred dollars a little different): on at least $habit_days days it ordered in the band or in one of
-- the two beside it. That it orders such a size once more answers nobody. `orders`: how many it ordered there.
WITH banded AS (
    SELECT
        account_id, symbol, placed_us - placed_us % 86400000000 AS day_us,
        CAST(floor(ln(CAST(ordered AS DOUBLE)) / (2 * greatest($size_tolerance, 0.001))) AS BIGINT) AS size_band
    FROM lives
    WHERE ordered > 0
),
on_days AS (
    SELECT account_id, symbol, size_band, day_us, count(*) AS orders
    FROM banded
    GROUP BY account_id, symbol, size_band, day_us
),
beside AS (
    SELECT account_id, symbol, size_band, day_us, orders FROM on_days
    UNION ALL
    SELECT account_id, symbol, size_band - 1, day_us, orders FROM on_days
    UNION ALL
    SELECT account_id, symbol, size_band + 1, day_us, orders FROM on_days
)
SELECT account_id, symbol, size_band, sum(orders) AS orders
FROM beside
GROUP BY account_id, symbol, size_band
HAVING count(DISTINCT day_us) >= $habit_days
