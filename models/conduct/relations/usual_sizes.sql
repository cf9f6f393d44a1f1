-- Sizes that an account orders in a market as a habit: on at least $habit_days days. That it orders one of them once
-- more answers nobody.
WITH on_days AS (
    SELECT account_id, symbol, ordered, placed_us - placed_us % 86400000000 AS day_us
    FROM lives
    GROUP BY account_id, symbol, ordered, placed_us - placed_us % 86400000000
)
SELECT account_id, symbol, ordered
FROM on_days
GROUP BY account_id, symbol, ordered
HAVING count(*) >= $habit_days
