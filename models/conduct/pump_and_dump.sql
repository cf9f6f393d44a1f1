-- Pump and dump: insiders buy a market up, and sell into the rush that the rise attracts.
--
-- Event: the price stands rise above the lowest of the last insider_minutes; such moments at most insider_minutes apart
-- are one event. Its rush is the chunk of chunk_seconds, from insider_minutes before the first such moment to the last,
-- in which most accounts buy by taking from the book (then most is spent; then the first): at least least_buyers of
-- them.
-- An act: in the insider_minutes before the rush the account buys more than it sells, and within dump_minutes after it
-- the account orders to sell at least sold_share of that and hardly to buy (at most one less sold_share of what it
-- offers: who quotes both sides is no insider); at least one other account does the same in the same event. Orders
-- count whether they find a buyer or not. Who buys from the rush on is a victim and never counted.
-- Expected by chance: over all quick round trips of the account in markets with events (a purchase, then an order to
-- sell within the length of an act), the chance that a rush falls between the two.
--
-- Source: La Morgia, Mei, Sassi and Stefa, Pump and Dumps in the Bitcoin Era, ICCCN 2020 (rush orders in chunks of 25
-- s); Kamps and Kleinberg, To the moon, Crime Science 2018; Regulation (EU) 2016/522, annex II, section 1 (pump and
-- dump).
--
-- Parameters:
--   chunk_seconds    25    seconds of a chunk
--   rise             0.01  share by which the price rises
--   least_buyers     2     accounts that buy in the rush
--   insider_minutes  60    minutes before the rush in which insiders buy
--   dump_minutes     16    minutes after it in which they sell
--   sold_share       0.7   share of what was bought
--   least_acts       3     events of an account, the fewest that count
--   least_days       3     distinct UTC days with acts, the fewest that count
--   most_chance      1e-3  highest probability that chance alone gives as many acts
WITH chunks AS (
    SELECT
        symbol, us - us % $chunk_us AS chunk_us,
        count(DISTINCT CASE taker_side WHEN 'buy' THEN taker_account_id END) AS buyers,
        sum(CASE taker_side WHEN 'buy' THEN value ELSE 0 END) AS spent,
        CAST(sum(value) AS DOUBLE) / CAST(sum(quantity) AS DOUBLE) AS price
    FROM (
        SELECT
            symbol, us, taker_side, taker_account_id, quantity,
            CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 12)) AS value
        FROM trades
    ) valued
    GROUP BY symbol, us - us % $chunk_us
),
lows AS (
    SELECT
        symbol, chunk_us, price,
        min(price) OVER (
            PARTITION BY symbol ORDER BY chunk_us RANGE BETWEEN $insider_us PRECEDING AND CURRENT ROW
        ) AS lowest
    FROM chunks
),
spaced AS (
    SELECT
        symbol, chunk_us,
        CASE
            WHEN chunk_us - lag(chunk_us) OVER (PARTITION BY symbol ORDER BY chunk_us) <= $insider_us THEN 0 ELSE 1
        END AS begins
    FROM lows
    WHERE price >= (1 + $rise) * lowest * 0.999999999
),
surges AS (
    SELECT symbol, surge, min(chunk_us) AS first_us, max(chunk_us) AS last_us
    FROM (
        SELECT
            symbol, chunk_us,
            sum(begins) OVER (PARTITION BY symbol ORDER BY chunk_us ROWS UNBOUNDED PRECEDING) AS surge
        FROM spaced
    ) numbered
    GROUP BY symbol, surge
),
ranked AS (
    SELECT
        surges.symbol, surges.surge, chunks.chunk_us AS rush_us, chunks.buyers,
        row_number() OVER (
            PARTITION BY surges.symbol, surges.surge ORDER BY chunks.buyers DESC, chunks.spent DESC, chunks.chunk_us
        ) AS place
    FROM surges
    JOIN chunks ON chunks.symbol = surges.symbol
    WHERE chunks.chunk_us BETWEEN surges.first_us - $insider_us AND surges.last_us
),
events AS (
    SELECT symbol, rush_us FROM ranked WHERE place = 1 AND buyers >= $least_buyers
),
span AS (
    SELECT greatest((max(us) - min(us)) / 1000000.0, 86400.0) AS seconds FROM trades
),
rates AS (
    SELECT events.symbol, count(*) / max(span.seconds) AS a_second FROM events CROSS JOIN span GROUP BY events.symbol
),
bought AS (
    SELECT
        fills.account_id, events.symbol, events.rush_us, min(fills.us) AS from_us,
        sum(CASE fills.side WHEN 'buy' THEN fills.quantity ELSE -fills.quantity END) AS net,
        min(CASE fills.side WHEN 'buy' THEN fills.order_id END) AS first_order_id
    FROM events
    JOIN fills ON fills.symbol = events.symbol
    WHERE fills.us < events.rush_us AND events.rush_us - fills.us <= $insider_us
    GROUP BY fills.account_id, events.symbol, events.rush_us
),
offered AS (
    SELECT
        bought.account_id, bought.symbol, bought.rush_us,
        sum(CASE lives.side WHEN 'sell' THEN lives.stated ELSE 0 END) AS quantity,
        sum(CASE lives.side WHEN 'buy' THEN lives.stated ELSE 0 END) AS more,
        max(CASE lives.side WHEN 'sell' THEN lives.placed_us END) AS to_us,
        max(CASE lives.side WHEN 'sell' THEN lives.order_id END) AS last_order_id
    FROM bought
    JOIN lives ON lives.account_id = bought.account_id AND lives.symbol = bought.symbol
    WHERE bought.net > 0
      AND lives.placed_us >= bought.rush_us + $chunk_us
      AND lives.placed_us - bought.rush_us <= $dump_us
    GROUP BY bought.account_id, bought.symbol, bought.rush_us
),
dumped AS (
    SELECT
        bought.account_id, bought.symbol, bought.rush_us, bought.from_us, offered.to_us, bought.first_order_id,
        offered.last_order_id, CAST(offered.quantity AS DOUBLE) / CAST(bought.net AS DOUBLE) AS share
    FROM bought
    JOIN offered
        ON offered.account_id = bought.account_id AND offered.symbol = bought.symbol
       AND offered.rush_us = bought.rush_us
    WHERE CAST(offered.quantity AS DOUBLE) >= $sold_share * CAST(bought.net AS DOUBLE) * 0.999999999
      AND CAST(offered.more AS DOUBLE) <= (1 - $sold_share) * CAST(offered.quantity AS DOUBLE) * 1.000000001
),
partners AS (
    SELECT one.account_id, one.symbol, one.rush_us, min(other.account_id) AS other_account_id
    FROM dumped one
    JOIN dumped other ON other.symbol = one.symbol AND other.rush_us = one.rush_us
    WHERE other.account_id <> one.account_id
    GROUP BY one.account_id, one.symbol, one.rush_us
),
trips AS (
    SELECT buys.account_id, buys.symbol, buys.order_id, min(sales.placed_us) - buys.first_us AS held_us
    FROM executed buys
    JOIN (SELECT DISTINCT account_id, symbol FROM dumped) named
        ON named.account_id = buys.account_id AND named.symbol = buys.symbol
    JOIN lives sales ON sales.account_id = buys.account_id AND sales.symbol = buys.symbol
    WHERE buys.side = 'buy'
      AND sales.side = 'sell'
      AND sales.placed_us > buys.first_us
      AND sales.placed_us - buys.first_us <= $insider_us + $dump_us
    GROUP BY buys.account_id, buys.symbol, buys.order_id, buys.first_us
),
expected AS (
    SELECT
        trips.account_id,
        CAST(sum(CAST(1 - exp(-rates.a_second * trips.held_us / 1000000.0) AS DECIMAL(38, 18))) AS DOUBLE) AS expected
    FROM trips
    JOIN rates ON rates.symbol = trips.symbol
    GROUP BY trips.account_id
)
SELECT
    dumped.account_id, partners.other_account_id, 'insider' AS form, dumped.symbol, 'buy' AS side,
    dumped.from_us, dumped.to_us,
    dumped.share AS magnitude, list_sort(list_value(dumped.first_order_id, dumped.last_order_id)) AS event_ids,
    TRUE AS own_act, TRUE AS counts, coalesce(expected.expected, 0) AS expected
FROM dumped
JOIN partners
    ON partners.account_id = dumped.account_id
   AND partners.symbol = dumped.symbol
   AND partners.rush_us = dumped.rush_us
LEFT JOIN expected ON expected.account_id = dumped.account_id
