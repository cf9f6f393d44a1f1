-- When was each order placed, by this load and by some files of the tape? More than once is possible.
SELECT order_id, ts
FROM ({given})
WHERE event = 'new'
UNION ALL
SELECT order_id, ts
FROM ({stored})
WHERE event = 'new'
