-- Self-trading: an account, or two accounts of one declared owner, trade with each other by arrangement.
--
-- An act: the account places an order at exactly the price of an opposite order of its own (or of its owner), of equal
-- size (within size_tolerance), within rest_seconds of it and while it stands. Whether the two meet depends
-- on who else is there; crossing oneself by accident happens to every active trader, but not at the same price with the
-- same size, again and again. Orders by habit (at the same minute on habit_days days) do not count; acts within a
-- minute of each other in one market count once, and so do answers to one order.
-- Expected by chance: the account's minutes with limit orders times the share of such minutes with acts among all
-- others, or among those of its segment if that is larger (of at least least_comparison minutes).
--
-- Source: Aloosh and Li, Direct Evidence of Bitcoin Wash Trading, Management Science 2024; Regulation (EU) 2016/522,
-- annex II, section 1 (wash trades; improper matched orders).
--
-- Parameters:
--   size_tolerance  0.01   share by which the sizes of the two orders may differ
--   rest_seconds    600    seconds between the placement of the two orders
--   habit_days      3      days on which an account orders at the same minute, the fewest that are a habit
--   least_comparison  1000  minutes of others in a market, the fewest that a share is taken of
--   least_acts      4      acts of an account, the fewest that count
--   least_days      3      distinct UTC days with acts, the fewest that count
--   most_chance     1e-5   highest probability that chance alone gives as many acts
SELECT
    account_id, CASE WHEN other_account_id <> account_id THEN other_account_id END AS other_account_id,
    'own orders' AS form, symbol, CAST(NULL AS VARCHAR) AS side, from_us, to_us, size AS magnitude,
    list_sort(list_value(earlier_order_id, later_order_id)) AS event_ids, TRUE AS own_act, TRUE AS counts, expected
FROM answers
WHERE same_owner
