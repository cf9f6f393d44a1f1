-- Waves that were withdrawn right after a trade on the other side (see spoofing.sql and layering.sql, which differ in
-- the number of prices only), each with what chance would give its account. Of an account whose orders on the trading
-- side stand at a fifth of the wave or more (size_ratio), beside the one that trades, no side is pressed: it quotes.
-- Split acts are kept between suspects alone: accounts whose own waves are followed by somebody's trade more often than
-- chance has it, and by a suspect's on $wave_days days at least. That both are suspects happens by chance as rarely as
-- they trade. Waves of several accounts around one order are one act of its author.
WITH hours AS (
    SELECT symbol, side, (first_us - first_us % 3600000000) % 86400000000 AS hour_us, count(*) AS orders
    FROM executed
    GROUP BY symbol, side, (first_us - first_us % 3600000000) % 86400000000
),
span AS (
    SELECT greatest((max(first_us) - min(first_us)) / 86400000000.0, 1.0) AS days FROM executed
),
split_chances AS (
    SELECT
        waves.account_id, waves.layered, waves.symbol,
        sum(CAST(1 - exp(-hours.orders / (span.days * 3600.0) * $withdrawal_seconds) AS DECIMAL(38, 18))) AS chance
    FROM withdrawals waves
    CROSS JOIN span
    JOIN hours
        ON hours.symbol = waves.symbol
       AND hours.side <> waves.side
       AND hours.hour_us = (waves.first_gone_us - waves.first_gone_us % 3600000000) % 86400000000
    GROUP BY waves.account_id, waves.layered, waves.symbol
),
suspects AS (
    SELECT seen.account_id, seen.layered
    FROM (
        SELECT account_id, layered, CAST(count(*) AS DOUBLE) AS acts
        FROM (SELECT DISTINCT account_id, layered, symbol, side, wave FROM followed WHERE form = 'split') waves
        GROUP BY account_id, layered
    ) seen
    JOIN (
        SELECT account_id, layered, CAST(sum(chance) AS DOUBLE) AS expected
        FROM split_chances
        GROUP BY account_id, layered
    ) chance ON chance.account_id = seen.account_id AND chance.layered = seen.layered
    WHERE acts >= 2
      AND acts > expected
      AND exp(acts - expected - acts * ln(acts / greatest(expected, 1e-9))) <= $suspect_chance
),
suspected_orders AS (
    SELECT executed.symbol, suspects.layered, count(*) AS orders
    FROM executed
    JOIN suspects ON suspects.account_id = executed.account_id
    GROUP BY executed.symbol, suspects.layered
),
all_orders AS (
    SELECT symbol, count(*) AS orders FROM executed GROUP BY symbol
),
suspected_waves AS (
    SELECT
        waves.symbol, waves.layered,
        (waves.first_gone_us - waves.first_gone_us % 3600000000) % 86400000000 AS hour_us, count(*) AS waves
    FROM withdrawals waves
    JOIN suspects ON suspects.account_id = waves.account_id AND suspects.layered = waves.layered
    GROUP BY
        waves.symbol, waves.layered, (waves.first_gone_us - waves.first_gone_us % 3600000000) % 86400000000
),
split_expected AS (
    SELECT account_id, layered, CAST(sum(expected) AS DOUBLE) AS expected
    FROM (
        SELECT
            split_chances.account_id, split_chances.layered,
            CAST(CAST(split_chances.chance AS DOUBLE) * suspected_orders.orders / all_orders.orders AS DECIMAL(38, 18))
                AS expected
        FROM split_chances
        JOIN suspected_orders
            ON suspected_orders.symbol = split_chances.symbol AND suspected_orders.layered = split_chances.layered
        JOIN all_orders ON all_orders.symbol = split_chances.symbol
        UNION ALL
        SELECT
            suspects.account_id, suspects.layered,
            CAST(suspected_waves.waves * $withdrawal_seconds / (span.days * 3600.0) AS DECIMAL(38, 18))
        FROM suspects
        JOIN executed ON executed.account_id = suspects.account_id
        JOIN suspected_waves
            ON suspected_waves.symbol = executed.symbol AND suspected_waves.layered = suspects.layered
           AND suspected_waves.hour_us = (executed.first_us - executed.first_us % 3600000000) % 86400000000
        CROSS JOIN span
    ) summed
    GROUP BY account_id, layered
),
hourly AS (
    SELECT account_id, symbol, side, layered, first_gone_us - first_gone_us % 3600000000 AS hour_us, count(*) AS waves
    FROM withdrawals
    GROUP BY account_id, symbol, side, layered, first_gone_us - first_gone_us % 3600000000
),
alone_expected AS (
    SELECT
        hourly.account_id, hourly.layered,
        CAST(sum(CAST(1 - exp(-hourly.waves * $withdrawal_seconds / 3600.0) AS DECIMAL(38, 18))) AS DOUBLE) AS expected
    FROM hourly
    JOIN executed
        ON executed.account_id = hourly.account_id
       AND executed.symbol = hourly.symbol
       AND executed.first_us - executed.first_us % 3600000000 = hourly.hour_us
    WHERE executed.side <> hourly.side
    GROUP BY hourly.account_id, hourly.layered
),
chances AS (
    SELECT account_id, layered, 'split' AS form, expected FROM split_expected
    UNION ALL
    SELECT account_id, layered, 'alone' AS form, expected FROM alone_expected
),
mutual AS (
    SELECT followed.*
    FROM followed
    JOIN suspects one ON one.account_id = followed.account_id AND one.layered = followed.layered
    JOIN suspects other ON other.account_id = followed.trader_id AND other.layered = followed.layered
    WHERE followed.form = 'split'
),
partners AS (
    SELECT account_id, layered
    FROM mutual
    GROUP BY account_id, layered
    HAVING count(DISTINCT first_gone_us - first_gone_us % 86400000000) >= $wave_days
),
found AS (
    SELECT * FROM followed WHERE form = 'alone'
    UNION ALL
    SELECT mutual.*
    FROM mutual
    SEMI JOIN partners own ON own.account_id = mutual.account_id AND own.layered = mutual.layered
    SEMI JOIN partners other ON other.account_id = mutual.trader_id AND other.layered = mutual.layered
),
closest AS (
    SELECT *
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY account_id, symbol, side, wave, form ORDER BY first_us DESC, order_id DESC
            ) AS place
        FROM found
    ) placed
    WHERE place = 1
),
once AS (
    SELECT *
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY order_id, layered, form ORDER BY wave_quantity DESC, account_id, wave
            ) AS nth
        FROM closest
    ) traded
    WHERE nth = 1
),
acts AS (
    SELECT
        account_id, CAST(NULL AS VARCHAR) AS other_account_id, symbol, side, layered, levels, form, first_placed_us,
        last_gone_us, wave_quantity, order_id, stated
    FROM closest
    WHERE form = 'alone'
    UNION ALL
    SELECT
        account_id, trader_id, symbol, side, layered, levels, form, first_placed_us, last_gone_us, wave_quantity,
        order_id, stated
    FROM closest
    WHERE form = 'split'
    UNION ALL
    SELECT
        trader_id, account_id, symbol, side, layered, levels, form, first_placed_us, last_gone_us, wave_quantity,
        order_id, stated
    FROM once
    WHERE form = 'split'
)
SELECT
    acts.account_id, acts.other_account_id, acts.form, acts.symbol, acts.levels,
    CASE acts.side WHEN 'buy' THEN 'sell' ELSE 'buy' END AS side,
    acts.first_placed_us AS from_us, acts.last_gone_us AS to_us,
    CAST(acts.wave_quantity AS DOUBLE) / CAST(acts.stated AS DOUBLE) AS magnitude, acts.order_id,
    TRUE AS own_act, chances.expected
FROM acts
JOIN chances
    ON chances.account_id = acts.account_id AND chances.layered = acts.layered AND chances.form = acts.form
