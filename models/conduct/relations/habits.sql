-- Minutes of the day at which an account places orders in a market as a habit: on at least $habit_days days, and at
-- least ten times as often as if its orders there were spread over the day. What it does then, it does whatever others
-- do.
WITH placed AS (
    SELECT account_id, symbol, placed_us % 86400000000 - placed_us % 60000000 AS minute_us, placed_us
    FROM lives
),
minutes AS (
    SELECT account_id, symbol, minute_us, count(DISTINCT placed_us - placed_us % 86400000000) AS days
    FROM placed
    GROUP BY account_id, symbol, minute_us
    HAVING count(DISTINCT placed_us - placed_us % 86400000000) >= $habit_days
),
totals AS (
    SELECT account_id, symbol, count(*) AS orders FROM placed GROUP BY account_id, symbol
)
SELECT minutes.account_id, minutes.symbol, minutes.minute_us
FROM minutes
JOIN totals ON totals.account_id = minutes.account_id AND totals.symbol = minutes.symbol
WHERE minutes.days * 1440 >= 10 * totals.orders
