-- Wash trading between accounts: pre-arranged opposite orders, after which nobody's interest has changed.
--
-- An act belongs to the account whose order came second, for only the second can answer the first:
--   met       it is placed at exactly the price of another's opposite order of equal size (within size_tolerance),
--             within gap_seconds of it and while it stands; acts within a minute in one market count once, an
--             order is answered once, and a partner answered less than least_with_partner times is chance
--   opposite  it takes all of its size from the book, exactly as another account did on the other side within the last
--             short_gap_seconds (or gap_seconds), a size rare enough in this market that chance brings such a pair with
--             probability rare at most: the wash goes through a market maker's quotes; an order is answered once
-- Either way the account goes both ways: in the market, of its orders in such pairs, first or second, at least
-- least_way_share buy and as many sell. Who only buys invests.
-- Being answered or hit is nobody's act: a resting order that somebody takes counts for nothing, however often. Nor is
-- what the account does in this market at that minute of the day on habit_days days: somebody can wait for it. Where
-- both accounts answer in repeated acts of their own, each act is told of both.
-- Expected by chance: met, the account's minutes with limit orders times the share of such minutes with acts among all
-- others, or among those of its segment if that is larger (of at least least_comparison minutes); opposite, the summed
-- chances of all the rare sizes that the account took, at the rate of that size over the tape, the day or the hour,
-- whichever is highest.
--
-- Source: Cao, Li, Coleman, Belatreche and McGinnity, Detecting Wash Trade in Financial Market Using Digraphs and
-- Dynamic Programming, IEEE TNNLS 2016; Victor and Weintraud, WWW 2021; Regulation (EU) 2016/522, annex II, section 1
-- (wash trades; improper matched orders).
--
-- Parameters:
--   size_tolerance  0.01   share by which the sizes of the two orders may differ (met)
--   gap_seconds     2700   seconds between the two orders
--   short_gap_seconds  60  seconds, the shorter window (opposite)
--   rare            0.01   highest chance of an equal opposite size within the window (opposite)
--   habit_days      3      days on which an account orders at the same minute, the fewest that are a habit
--   least_with_partner  2  answers to one partner, the fewest that count
--   least_way_share  0.25  share of the account's orders in pairs that buy, and that sell, the least
--   least_comparison  1000  minutes of others in a market, the fewest that a share is taken of
--   least_acts      4      acts of an account, the fewest that count
--   least_days      3      distinct UTC days with acts, the fewest that count
--   most_chance     1e-6   highest probability that chance alone gives as many acts
WITH span AS (
    SELECT (max(last_us) - min(first_us) + 1) / 1000000.0 AS seconds FROM executed
),
takes AS (
    SELECT executed.order_id, executed.account_id, executed.symbol, executed.side, executed.taken, executed.first_us
    FROM executed
    JOIN lives ON lives.order_id = executed.order_id AND lives.ordered = executed.taken
    WHERE executed.took
),
sizes AS (
    SELECT symbol, side, taken, first_us - first_us % 86400000000 AS day_us, count(*) AS on_day
    FROM executed
    WHERE took
    GROUP BY symbol, side, taken, first_us - first_us % 86400000000
),
hours AS (
    SELECT symbol, side, taken, first_us - first_us % 3600000000 AS hour_us, count(*) AS in_hour
    FROM executed
    WHERE took
    GROUP BY symbol, side, taken, first_us - first_us % 3600000000
),
common AS (
    SELECT symbol, side, taken, sum(on_day) AS in_all FROM sizes GROUP BY symbol, side, taken
),
rates AS (
    SELECT
        takes.order_id, takes.account_id, takes.symbol, takes.side, takes.taken AS quantity, takes.first_us,
        greatest(
            coalesce(common.in_all, 0) / span.seconds, (coalesce(sizes.on_day, 0) - 1) / 86400.0,
            (coalesce(hours.in_hour, 0) - 1) / 3600.0, 0.5 / span.seconds
        ) AS opposite_a_second
    FROM takes
    CROSS JOIN span
    LEFT JOIN common
        ON common.symbol = takes.symbol AND common.taken = takes.taken AND common.side <> takes.side
    LEFT JOIN sizes
        ON sizes.symbol = takes.symbol AND sizes.taken = takes.taken AND sizes.side <> takes.side
       AND sizes.day_us = takes.first_us - takes.first_us % 86400000000
    LEFT JOIN hours
        ON hours.symbol = takes.symbol AND hours.taken = takes.taken AND hours.side <> takes.side
       AND hours.hour_us = takes.first_us - takes.first_us % 3600000000
),
chances AS (
    SELECT
        *,
        1 - exp(-opposite_a_second * $short_gap_seconds) AS within_short,
        1 - exp(-opposite_a_second * $gap_seconds) AS within_most
    FROM rates
),
rare AS (
    SELECT
        *,
        CASE WHEN within_most <= $rare THEN $gap_us ELSE $short_gap_us END AS gap_us,
        CASE WHEN within_most <= $rare THEN within_most ELSE within_short END AS chance
    FROM chances
    WHERE within_short <= $rare
),
windows AS (
    SELECT *, first_us - first_us % $gap_us AS slot_us FROM rare
    UNION ALL
    SELECT *, first_us - first_us % $gap_us + $gap_us AS slot_us FROM rare
),
nearest AS (
    SELECT
        found.*,
        row_number() OVER (
            PARTITION BY found.account_id, found.earlier_order_id ORDER BY found.to_us, found.later_order_id
        ) AS nth
    FROM (
        SELECT
            later.order_id AS later_order_id, later.account_id, later.symbol, later.side, later.quantity,
            later.first_us AS to_us, earlier.first_us AS from_us, earlier.account_id AS other_account_id,
            earlier.order_id AS earlier_order_id,
            row_number() OVER (
                PARTITION BY later.order_id ORDER BY earlier.first_us DESC, earlier.order_id DESC
            ) AS place
        FROM rare later
        JOIN windows earlier
            ON earlier.symbol = later.symbol
           AND earlier.quantity = later.quantity
           AND earlier.slot_us = later.first_us - later.first_us % $gap_us
        WHERE earlier.side <> later.side
          AND earlier.account_id <> later.account_id
          AND earlier.first_us < later.first_us
          AND later.first_us - earlier.first_us <= later.gap_us
    ) found
    LEFT JOIN habits
        ON habits.account_id = found.account_id AND habits.symbol = found.symbol
       AND habits.minute_us = found.to_us % 86400000000 - found.to_us % 60000000
    WHERE place = 1 AND habits.account_id IS NULL
),
ways AS (
    SELECT account_id, symbol, CASE side WHEN 'buy' THEN 1 ELSE 0 END AS bought FROM nearest WHERE nth = 1
    UNION ALL
    SELECT other_account_id, symbol, CASE side WHEN 'buy' THEN 0 ELSE 1 END FROM nearest WHERE nth = 1
),
both_ways AS (
    SELECT account_id, symbol
    FROM ways
    GROUP BY account_id, symbol
    HAVING least(sum(bought), count(*) - sum(bought)) >= $least_way_share * count(*) * 0.999999999
),
returned AS (
    SELECT nearest.*
    FROM nearest
    SEMI JOIN both_ways ON both_ways.account_id = nearest.account_id AND both_ways.symbol = nearest.symbol
    WHERE nth = 1
),
opposite_expected AS (
    SELECT account_id, CAST(sum(CAST(chance AS DECIMAL(38, 18))) AS DOUBLE) AS expected FROM rare GROUP BY account_id
),
acts AS (
    SELECT
        account_id, other_account_id, 'met' AS form, symbol, from_us, to_us, size, earlier_order_id, later_order_id,
        expected
    FROM answers
    WHERE NOT same_owner
    UNION ALL
    SELECT
        returned.account_id, returned.other_account_id, 'opposite' AS form, symbol, from_us, to_us,
        CAST(quantity AS DOUBLE) AS size, earlier_order_id, later_order_id, opposite_expected.expected
    FROM returned
    JOIN opposite_expected ON opposite_expected.account_id = returned.account_id
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
