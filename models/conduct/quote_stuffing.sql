-- Quote stuffing: bursts of order messages that hardly ever trade and load the exchange or blind others.
--
-- An act: seconds, each at most merge_seconds after the one before, in which the account sends to one market at least
-- least_messages order events a second, more than the mean plus deviations standard deviations of its segment's active
-- seconds, and more than the same of its own ordinary seconds there, if it has least_history of them; fewer than
-- fill_share fills a message meanwhile. `other_account_id` is an account whose burst in the same market overlaps, where
-- there is one.
-- A market maker is compared with market makers. Where crowd_share of a segment's accounts that are in the market that
-- day, least_crowd of them at least, send least_messages in a second of one minute, the market is loud, and nobody who
-- answers it stuffs. Expiries are the exchange's messages. A burst hardly raises the bar: a
-- second counts as at most three times the segment's mean, and an account's own ordinary seconds are those below its
-- segment's bar.
--
-- Source: Egginton, Van Ness and Van Ness, Quote Stuffing, Financial Management 2016 (20 standard deviations);
-- Regulation (EU) 2017/566 (order-to-trade ratio); Regulation (EU) 2016/522, annex II, section 1 (quote stuffing).
--
-- Parameters:
--   least_messages  20     order events a second, the fewest that are a burst
--   deviations      20     standard deviations above the mean
--   least_history   100    ordinary seconds in the market, the fewest that make a bar of its own
--   crowd_share     0.1    share of a segment's accounts there that day that makes a loud minute everybody's
--   least_crowd     5      accounts of a segment, the fewest that make a loud minute everybody's
--   merge_seconds   30     seconds between two parts of one burst
--   fill_share      0.01   fills per message, the share below which nobody meant to trade
--   least_acts      3      acts of an account, the fewest that count
--   least_days      3      distinct UTC days with acts, the fewest that count
--   most_chance     1      no chance is computed for this typology: twenty deviations leave none
WITH seconds AS (
    SELECT orders.account_id, orders.symbol, us - us % 1000000 AS second_us, count(*) AS messages
    FROM orders
    WHERE event <> 'expire'
    GROUP BY orders.account_id, orders.symbol, us - us % 1000000
),
segmented AS (
    SELECT coalesce(owners.segment, 'other') AS segment, CAST(seconds.messages AS DOUBLE) AS messages
    FROM seconds
    LEFT JOIN owners ON owners.account_id = seconds.account_id
),
caps AS (
    SELECT segment, 3.0 * sum(messages) / count(*) AS cap FROM segmented GROUP BY segment
),
segments AS (
    SELECT
        segmented.segment, count(*) AS seconds,
        CAST(sum(CAST(least(messages, cap) AS DECIMAL(38, 9))) AS DOUBLE) AS messages,
        CAST(sum(CAST(least(messages, cap) * least(messages, cap) AS DECIMAL(38, 9))) AS DOUBLE) AS squares
    FROM segmented
    JOIN caps ON caps.segment = segmented.segment
    GROUP BY segmented.segment
),
bars AS (
    SELECT
        segment,
        messages / seconds
        + $deviations * sqrt(greatest(squares / seconds - (messages / seconds) * (messages / seconds), 0)) AS bar
    FROM segments
),
busy AS (
    SELECT
        seconds.account_id, symbol, coalesce(owners.segment, 'other') AS segment, second_us, messages,
        second_us - second_us % 60000000 AS minute_us, second_us - second_us % 86400000000 AS day_us
    FROM seconds
    LEFT JOIN owners ON owners.account_id = seconds.account_id
    WHERE messages >= $least_messages
),
busy_minutes AS (
    SELECT symbol, segment, minute_us, day_us, count(DISTINCT account_id) AS accounts
    FROM busy
    GROUP BY symbol, segment, minute_us, day_us
    HAVING count(DISTINCT account_id) >= $least_crowd
),
there AS (
    SELECT
        seconds.symbol, coalesce(owners.segment, 'other') AS segment, second_us - second_us % 86400000000 AS day_us,
        seconds.account_id
    FROM seconds
    SEMI JOIN busy_minutes
        ON busy_minutes.symbol = seconds.symbol AND busy_minutes.day_us = second_us - second_us % 86400000000
    LEFT JOIN owners ON owners.account_id = seconds.account_id
    GROUP BY
        seconds.symbol, coalesce(owners.segment, 'other'), second_us - second_us % 86400000000, seconds.account_id
),
crowds AS (
    SELECT symbol, segment, day_us, count(*) AS accounts FROM there GROUP BY symbol, segment, day_us
),
crowded AS (
    SELECT DISTINCT busy_minutes.symbol, busy_minutes.minute_us
    FROM busy_minutes
    JOIN crowds
        ON crowds.symbol = busy_minutes.symbol AND crowds.segment = busy_minutes.segment
       AND crowds.day_us = busy_minutes.day_us
    WHERE busy_minutes.accounts >= $crowd_share * crowds.accounts
),
loud AS (
    SELECT busy.account_id, busy.symbol, second_us, messages
    FROM busy
    JOIN bars ON bars.segment = busy.segment
    LEFT JOIN crowded ON crowded.symbol = busy.symbol AND crowded.minute_us = busy.minute_us
    WHERE messages > bar AND crowded.symbol IS NULL
),
ordinary AS (
    SELECT
        seconds.account_id, seconds.symbol, count(*) AS seconds, sum(seconds.messages) AS messages,
        sum(seconds.messages * seconds.messages) AS squares
    FROM seconds
    JOIN (SELECT DISTINCT account_id, symbol FROM loud) named
        ON named.account_id = seconds.account_id AND named.symbol = seconds.symbol
    LEFT JOIN loud
        ON loud.account_id = seconds.account_id AND loud.symbol = seconds.symbol AND loud.second_us = seconds.second_us
    WHERE loud.second_us IS NULL
    GROUP BY seconds.account_id, seconds.symbol
),
unusual AS (
    SELECT loud.*
    FROM loud
    LEFT JOIN ordinary own ON own.account_id = loud.account_id AND own.symbol = loud.symbol
    WHERE own.seconds IS NULL
       OR own.seconds < $least_history
       OR loud.messages > own.messages / own.seconds
          + $deviations * sqrt(greatest(
              own.squares / own.seconds - (own.messages / own.seconds) * (own.messages / own.seconds), 0
          ))
),
spaced AS (
    SELECT
        *,
        CASE
            WHEN second_us - lag(second_us) OVER (PARTITION BY account_id, symbol ORDER BY second_us)
                 <= $merge_us THEN 0
            ELSE 1
        END AS starts
    FROM unusual
),
numbered AS (
    SELECT *, sum(starts) OVER (PARTITION BY account_id, symbol ORDER BY second_us ROWS UNBOUNDED PRECEDING) AS burst
    FROM spaced
),
bursts AS (
    SELECT
        account_id, symbol, burst, min(second_us) AS from_us, max(second_us) + 999999 AS to_us,
        sum(messages) AS messages
    FROM numbered
    GROUP BY account_id, symbol, burst
),
traded AS (
    SELECT bursts.account_id, bursts.symbol, bursts.burst, count(*) AS fills
    FROM bursts
    JOIN fills ON fills.account_id = bursts.account_id AND fills.symbol = bursts.symbol
    WHERE fills.us BETWEEN bursts.from_us AND bursts.to_us
    GROUP BY bursts.account_id, bursts.symbol, bursts.burst
),
quiet AS (
    SELECT bursts.*
    FROM bursts
    LEFT JOIN traded
        ON traded.account_id = bursts.account_id AND traded.symbol = bursts.symbol AND traded.burst = bursts.burst
    WHERE coalesce(traded.fills, 0) < $fill_share * bursts.messages
),
together AS (
    SELECT one.account_id, one.symbol, one.burst, min(other.account_id) AS other_account_id
    FROM quiet one
    JOIN quiet other ON other.symbol = one.symbol
    WHERE other.account_id <> one.account_id AND other.from_us <= one.to_us AND one.from_us <= other.to_us
    GROUP BY one.account_id, one.symbol, one.burst
),
sent AS (
    SELECT quiet.account_id, quiet.symbol, quiet.burst, list_sort(list(DISTINCT orders.order_id)) AS event_ids
    FROM quiet
    JOIN orders ON orders.account_id = quiet.account_id AND orders.symbol = quiet.symbol
    WHERE orders.us BETWEEN quiet.from_us AND quiet.to_us AND orders.event <> 'expire'
    GROUP BY quiet.account_id, quiet.symbol, quiet.burst
)
SELECT
    quiet.account_id, together.other_account_id, 'burst' AS form, quiet.symbol, CAST(NULL AS VARCHAR) AS side,
    quiet.from_us, quiet.to_us, CAST(quiet.messages AS DOUBLE) AS magnitude, sent.event_ids,
    TRUE AS own_act, TRUE AS counts, CAST(NULL AS DOUBLE) AS expected
FROM quiet
JOIN sent ON sent.account_id = quiet.account_id AND sent.symbol = quiet.symbol AND sent.burst = quiet.burst
LEFT JOIN together
    ON together.account_id = quiet.account_id AND together.symbol = quiet.symbol AND together.burst = quiet.burst
