-- Wash trading between accounts: pre-arranged opposite orders, after which nobody's interest has changed.
--
-- An act belongs to the account whose order came second, for only the second can answer the first:
--   met       it is placed at exactly the price of another's opposite order of equal size (within size_tolerance),
--             within gap_seconds of it and while it stands, or after it rested and was filled; acts within a minute in
--             one market count once, an order is answered once, and a partner answered less than least_with_partner
--             times is chance
--   opposite  it takes all of its size from the book, exactly as the last order of that size in this market did on the
--             other side, for another account: within gap_seconds, and so soon that chance brings such a pair with
--             probability rare at most; the wash goes through a market maker's quotes
-- Either way the account goes both ways: of its orders in such pairs, first or second, at least least_way_share buy and
-- as many sell. Who only buys invests.
-- Being answered or hit is nobody's act: a resting order that somebody takes counts for nothing, however often. Nor is
-- what somebody could wait for: what the account does in this market at that minute of the day on habit_days days;
-- sizes like those that it orders on habit_days days, where it is opposite, comes after the first was filled, or the
-- other orders them by habit and three times as often, as a maker does who always quotes one lot; and sizes known since
-- it opened, hedged or sliced: as much as it filled on the other side that day or the day before, in whatever market, or
-- on the same side of this one that day.
-- Where both accounts answer in repeated acts of their own, each act is told of both.
-- Expected by chance: met, the account's minutes with limit orders times the share of such minutes with acts among all
-- others, or among those of its segment if that is larger (of at least least_comparison minutes), and the chance that
-- answers return to the same accounts; opposite, the summed chances of all the sizes that the account took, at the rate
-- of that size over the tape, the day or the hour, or of that much money over the tape, whichever is highest.
--
-- Source: Cao, Li, Coleman, Belatreche and McGinnity, Detecting Wash Trade in Financial Market Using Digraphs and
-- Dynamic Programming, IEEE TNNLS 2016; Victor and Weintraud, WWW 2021; Regulation (EU) 2016/522, annex II, section 1
-- (wash trades; improper matched orders).
--
-- Parameters:
--   size_tolerance  0.01   share by which the sizes of the two orders may differ (met)
--   gap_seconds     2700   seconds between the two orders
--   rare            0.01   highest chance of an equal opposite size so soon (opposite)
--   habit_days      3      days with orders at one minute of the day, or of one size, the fewest that are a habit
--   least_with_partner  2  answers to one partner, the fewest that count
--   least_way_share  0.25  share of the account's orders in pairs that buy, and that sell, the least
--   least_comparison  1000  minutes of others in a market, the fewest that a share is taken of
--   most_filled     100    filled orders at one price, side and time slot, the last so many, that are looked at
--   least_acts      3      acts of an account, the fewest that count
--   least_days      3      distinct UTC days with acts, the fewest that count
--   most_chance     1e-4   highest probability that chance alone gives as many acts
WITH returned AS (
    SELECT opposite.*
    FROM opposite
    LEFT JOIN closing ON closing.order_id = opposite.later_order_id
    WHERE closing.order_id IS NULL
),
ways AS (
    SELECT account_id, CASE side WHEN 'buy' THEN 1 ELSE 0 END AS bought FROM returned
    UNION ALL
    SELECT other_account_id, CASE side WHEN 'buy' THEN 0 ELSE 1 END FROM returned
),
both_ways AS (
    SELECT account_id
    FROM ways
    GROUP BY account_id
    HAVING least(sum(bought), count(*) - sum(bought)) >= $least_way_share * count(*) * 0.999999999
),
acts AS (
    SELECT
        account_id, other_account_id, 'met' AS form, symbol, from_us, to_us, size, earlier_order_id, later_order_id,
        expected
    FROM answers
    WHERE NOT same_owner
    UNION ALL
    SELECT
        account_id, other_account_id, 'opposite' AS form, symbol, from_us, to_us, size, earlier_order_id,
        later_order_id, expected
    FROM returned
    SEMI JOIN both_ways ON both_ways.account_id = returned.account_id
)
SELECT
    account_id, other_account_id, form, symbol, CAST(NULL AS VARCHAR) AS side, from_us, to_us, size AS magnitude,
    list_sort(list_value(earlier_order_id, later_order_id)) AS event_ids, TRUE AS own_act, TRUE AS counts,
    expected
FROM acts
UNION ALL
SELECT
    other_account_id, account_id, form, symbol, NULL, from_us, to_us, size,
    list_sort(list_value(earlier_order_id, later_order_id)), FALSE, FALSE, NULL
FROM acts
