-- Which acts are on orders of which some act is dated before a `new`? By hashes of ids, so a few others may be among them.
-- One act of each order is compared, so an id that stands for thousands of orders costs no more than thousands of ids.
WITH first_acts AS (
    SELECT hash(order_id) AS order_hash, min(ts) AS acted_at
    FROM acts
    GROUP BY order_hash
),
doubtful AS (
    SELECT order_hash
    FROM first_acts
    SEMI JOIN placed ON first_acts.order_hash = hash(placed.order_id) AND first_acts.acted_at < placed.ts
)
SELECT * FROM acts WHERE hash(order_id) IN (FROM doubtful)
