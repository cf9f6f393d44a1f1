-- Orders that answer another: at exactly the price of an opposite order of equal size (within $size_tolerance) that was
-- placed in the same market at most $gap_seconds s before and that its author had not withdrawn; orders by habit answer
-- nobody. Whether the two met depends on who else was there; that the second was placed so was its author's own
-- decision.
WITH limits AS (
    SELECT
        order_id, account_id, symbol, side, price, CAST(stated AS DOUBLE) AS size, placed_us,
        CASE WHEN withdrawn THEN ended_us END AS withdrawn_us,
        placed_us - placed_us % $gap_us AS slot_us
    FROM lives
    WHERE price IS NOT NULL
),
slots AS (
    SELECT *, slot_us AS seen_us FROM limits
    UNION ALL
    SELECT *, slot_us + $gap_us AS seen_us FROM limits
),
answers AS (
    SELECT
        later.order_id AS later_order_id, later.account_id AS later_account_id, later.symbol, later.size,
        later.placed_us AS later_us, earlier.order_id AS earlier_order_id,
        earlier.account_id AS earlier_account_id, earlier.placed_us AS earlier_us
    FROM limits later
    JOIN slots earlier
        ON earlier.symbol = later.symbol AND earlier.price = later.price AND earlier.seen_us = later.slot_us
    WHERE earlier.side <> later.side
      AND earlier.placed_us < later.placed_us
      AND later.placed_us - earlier.placed_us <= $gap_us
      AND least(earlier.size, later.size)
          >= (1 - $size_tolerance) * greatest(earlier.size, later.size) * 0.999999999
      AND (earlier.withdrawn_us IS NULL OR earlier.withdrawn_us >= later.placed_us)
)
SELECT
    answers.*,
    answers.earlier_account_id = answers.later_account_id
        OR coalesce(earlier.owner_id = later.owner_id, FALSE) AS same_owner
FROM answers
LEFT JOIN owners earlier ON earlier.account_id = answers.earlier_account_id
LEFT JOIN owners later ON later.account_id = answers.later_account_id
LEFT JOIN habits
    ON habits.account_id = answers.later_account_id AND habits.symbol = answers.symbol
   AND habits.minute_us = answers.later_us % 86400000000 - answers.later_us % 60000000
WHERE habits.account_id IS NULL
