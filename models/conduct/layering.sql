-- Layering: orders at several prices that are not meant to trade lean on the book while one on the other side does.
--
-- An act: an order of the account trades; on the other side of the same book a wave of its own unfilled orders, at
-- least least_levels prices and together at least size_ratio times that order, was placed before the trade and begins
-- to be withdrawn within withdrawal_seconds after it.
--   alone  the same account trades
--   split  another account trades, with an order placed after the wave and filled while it stood; each of the two
--          withdraws waves of its own after others' trades more often than chance has it (suspect_chance), on at
--          least wave_days days after trades of others who do the same
-- Who quotes both sides leans on neither: nothing counts while orders of the account that withdraws stand on the trading
-- side, beside the one that trades, with a size_ratio-th of the wave or more, or were filled there just before.
-- Whose orders are never withdrawn so is nobody's partner, whatever others do around them.
-- Expected by chance: alone, over all orders of the account that traded, the chance that one of its own waves of that
-- hour ends within the window; split, over all its waves, the chance that a suspect trades within the window at that
-- hour, and over all its trades, the chance that a suspect's wave ends within the window.
--
-- Source: Regulation (EU) 2016/522, annex II, section 1 (layering and spoofing); ACER, Guidance on REMIT, layering and
-- spoofing, 2019. The split form is our own.
--
-- Parameters:
--   least_levels         3      prices of a wave, the fewest
--   size_ratio           5      size of the wave as a multiple of the order that trades
--   withdrawal_seconds   5      seconds from the trade to the first withdrawal, and between withdrawals of a wave
--   unfilled_share       0.9    least share of an order that was never filled
--   least_rest_seconds   0.5    seconds that an order must have rested to lean on anything
--   suspect_chance       0.25   highest probability that chance gives an account its split acts, to look at them at all
--   wave_days            3      distinct UTC days with such waves of its own, the fewest of a partner (split)
--   least_acts           4      acts of an account, the fewest that count
--   least_days           3      distinct UTC days with acts, the fewest that count
--   most_chance          1e-6   highest probability that chance alone gives as many acts
SELECT
    account_id, other_account_id, form, symbol, side, from_us, to_us, magnitude, list_value(order_id) AS event_ids,
    own_act, TRUE AS counts, expected
FROM pressed
WHERE levels >= $least_levels
