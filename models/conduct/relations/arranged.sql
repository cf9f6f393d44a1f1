-- Orders that answer another: at exactly the price of an opposite order of equal size (within $size_tolerance) that was
-- placed in the same market at most $gap_seconds s before and was neither withdrawn nor amended; orders by habit answer
-- nobody. Whether the two meet depends on who else is there; that the second was placed so was its author's own
-- decision. Where others have half filled the first by then, it is answered only if it had rested, not taken, if the
-- two have different owners, and if the second's size is none that its author orders by habit: who always orders one
-- size meets much that is gone. Of filled orders at one price only the last $most_filled of a time slot are looked at.
-- Where the size is usual for both and the first one orders it three times as often, nobody is answered: he quotes.
WITH filling AS (
    SELECT
        fills.order_id, fills.us, lives.ordered,
        sum(fills.quantity) OVER (PARTITION BY fills.order_id ORDER BY fills.us RANGE UNBOUNDED PRECEDING) AS filled
    FROM fills
    JOIN executed ON executed.order_id = fills.order_id AND executed.first_us < executed.last_us
    JOIN lives ON lives.order_id = fills.order_id AND lives.price IS NOT NULL
),
half_filled AS (
    SELECT order_id, min(us) AS us FROM filling WHERE 2 * filled >= ordered GROUP BY order_id
    UNION ALL
    SELECT executed.order_id, executed.first_us
    FROM executed
    JOIN lives ON lives.order_id = executed.order_id
    WHERE executed.first_us = executed.last_us AND 2 * executed.quantity >= lives.ordered
),
limits AS (
    SELECT
        lives.order_id, lives.account_id, lives.symbol, lives.side, lives.price,
        CAST(lives.ordered AS DOUBLE) AS size, lives.placed_us,
        CASE lives.side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS other_side,
        least(lives.ended_us, lives.amended_us) AS gone_us, half_filled.us AS half_filled_us,
        coalesce(executed.took, FALSE) AS took,
        lives.placed_us - lives.placed_us % $gap_us AS slot_us
    FROM lives
    LEFT JOIN half_filled ON half_filled.order_id = lives.order_id
    LEFT JOIN executed ON executed.order_id = lives.order_id
    WHERE lives.price IS NOT NULL AND lives.ordered > 0
),
numbered AS (
    SELECT *, 0 AS nth FROM limits WHERE half_filled_us IS NULL
    UNION ALL
    SELECT
        *, row_number() OVER (PARTITION BY symbol, price, side, slot_us ORDER BY placed_us DESC, order_id DESC) AS nth
    FROM limits
    WHERE half_filled_us IS NOT NULL
),
slots AS (
    SELECT *, slot_us AS seen_us FROM numbered WHERE nth <= $most_filled
    UNION ALL
    SELECT *, slot_us + $gap_us AS seen_us FROM numbered WHERE nth <= $most_filled
),
alike AS (
    SELECT
        later.order_id AS later_order_id, later.account_id AS later_account_id, later.symbol, later.side, later.size,
        later.placed_us AS later_us, earlier.order_id AS earlier_order_id,
        earlier.account_id AS earlier_account_id, earlier.placed_us AS earlier_us,
        coalesce(earlier.half_filled_us < later.placed_us, FALSE) AS too_late, earlier.took
    FROM limits later
    JOIN slots earlier
        ON earlier.symbol = later.symbol AND earlier.price = later.price AND earlier.other_side = later.side
       AND earlier.seen_us = later.slot_us
    WHERE earlier.placed_us < later.placed_us
      AND later.placed_us - earlier.placed_us <= $gap_us
      AND least(earlier.size, later.size)
          >= (1 - $size_tolerance) * greatest(earlier.size, later.size) * 0.999999999
      AND (earlier.gone_us IS NULL OR earlier.gone_us >= later.placed_us)
),
answers AS (
    SELECT
        alike.*,
        CAST(floor(ln(alike.size) / (2 * greatest($size_tolerance, 0.001))) AS BIGINT) AS size_band,
        alike.earlier_account_id = alike.later_account_id
            OR coalesce(earlier.owner_id = later.owner_id, FALSE) AS same_owner
    FROM alike
    LEFT JOIN owners earlier ON earlier.account_id = alike.earlier_account_id
    LEFT JOIN owners later ON later.account_id = alike.later_account_id
)
SELECT
    later_order_id, later_account_id, answers.symbol, answers.side, answers.size, later_us, earlier_order_id,
    earlier_account_id, earlier_us, same_owner
FROM answers
LEFT JOIN habits
    ON habits.account_id = answers.later_account_id AND habits.symbol = answers.symbol
   AND habits.minute_us = answers.later_us % 86400000000 - answers.later_us % 60000000
LEFT JOIN usual_sizes usual
    ON usual.account_id = answers.later_account_id AND usual.symbol = answers.symbol
   AND usual.size_band = answers.size_band
LEFT JOIN usual_sizes offered
    ON offered.account_id = answers.earlier_account_id AND offered.symbol = answers.symbol
   AND offered.size_band = answers.size_band
WHERE habits.account_id IS NULL
  AND (NOT too_late OR (NOT took AND NOT same_owner AND usual.account_id IS NULL))
  AND (same_owner OR usual.orders IS NULL OR offered.orders IS NULL OR offered.orders < 3 * usual.orders)
