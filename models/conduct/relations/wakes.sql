-- Waves on one side of a book that were withdrawn in the wake of a trade on the other (see spoofing.sql, layering.sql),
-- at least $size_ratio times as large: one row for each wave and order that traded. `rested` is the size of that order
-- where it is the account's own and stood before it traded.
WITH slots AS (
    SELECT *, first_gone_us - first_gone_us % $withdrawal_us AS slot_us FROM withdrawals
    UNION ALL
    SELECT
        *, first_gone_us - first_gone_us % $withdrawal_us - $withdrawal_us AS slot_us
    FROM withdrawals
),
traded AS (
    SELECT
        order_id, account_id, symbol, side, quantity, first_us,
        first_us - first_us % $withdrawal_us AS slot_us
    FROM executed
),
after AS (
    SELECT
        slots.account_id, slots.symbol, slots.side, slots.wave, slots.levels, slots.layered,
        slots.quantity AS wave_quantity, slots.first_placed_us, slots.last_placed_us, slots.first_gone_us,
        slots.last_gone_us, traded.account_id AS trader_id, traded.order_id, traded.first_us, traded.quantity
    FROM slots
    JOIN traded ON traded.symbol = slots.symbol AND traded.slot_us = slots.slot_us
    WHERE traded.side <> slots.side
      AND traded.first_us < slots.first_gone_us
      AND slots.first_gone_us - traded.first_us <= $withdrawal_us
      AND slots.last_placed_us < traded.first_us
)
SELECT
    after.*, lives.stated,
    CASE WHEN after.trader_id = after.account_id THEN 'alone' ELSE 'split' END AS form,
    CASE
        WHEN after.trader_id = after.account_id AND lives.price IS NOT NULL
             AND lives.placed_us < after.first_us THEN lives.stated
    END AS rested
FROM after
JOIN lives ON lives.order_id = after.order_id
WHERE CAST(after.wave_quantity AS DOUBLE) >= $size_ratio * CAST(lives.stated AS DOUBLE) * 0.999999999
  AND (after.trader_id = after.account_id OR lives.placed_us > after.last_placed_us)
