-- Limit orders of accounts that have waves in the wake of trades, where they have them: when placed, and when gone
-- (withdrawn, expired, or filled whole and $withdrawal_seconds s over), null while they stand.
SELECT
    lives.account_id, lives.symbol, lives.side, lives.stated, lives.placed_us,
    coalesce(
        lives.ended_us, CASE WHEN executed.quantity >= lives.smallest THEN executed.last_us + $withdrawal_us END
    ) AS gone_us
FROM lives
SEMI JOIN wakes ON wakes.account_id = lives.account_id AND wakes.symbol = lives.symbol
LEFT JOIN executed ON executed.order_id = lives.order_id
WHERE lives.price IS NOT NULL
