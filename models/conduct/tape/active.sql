-- How many accounts were active on each UTC day: sent an order event.
SELECT us - us % 86400000000 AS day_us, count(DISTINCT account_id) AS accounts
FROM orders
GROUP BY us - us % 86400000000
