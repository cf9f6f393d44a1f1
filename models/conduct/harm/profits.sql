-- The fills by which an account profited from its own episode, each with the account on the other side. Spoofing and
-- layering: fills on the side to whose good the wave pressed the price, against the price before the episode. Front
-- running, pump and dump: closing fills against the mean price at which it opened, up to what it opened. The other
-- typologies move volume or messages rather than money and have no row. `profit` may be negative.
WITH during AS (
    SELECT
        counted.episode_id, counted.typology, counted.symbol, counted.from_us, counted.side,
        CASE counted.side WHEN 'buy' THEN 1.0 ELSE -1.0 END AS sign,
        fills.side = counted.side AS opens, fills.trade_id, fills.counterparty_id, fills.price, fills.quantity
    FROM counted
    JOIN fills ON fills.account_id = counted.account_id AND fills.symbol = counted.symbol
    WHERE counted.side IS NOT NULL
      AND fills.us BETWEEN counted.from_us AND counted.to_us
      AND fills.counterparty_id <> counted.account_id
),
sums AS (
    SELECT
        episode_id,
        CAST(sum(CASE WHEN opens THEN quantity END) AS DOUBLE) AS opened,
        CAST(sum(CASE WHEN opens THEN CAST(CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE) AS DECIMAL(38, 9)) END)
            AS DOUBLE) AS paid,
        CAST(sum(CASE WHEN NOT opens THEN quantity END) AS DOUBLE) AS closed
    FROM during
    GROUP BY episode_id
)
SELECT
    during.episode_id, during.trade_id, during.counterparty_id,
    during.sign * (prices_before.price - CAST(during.price AS DOUBLE)) * CAST(during.quantity AS DOUBLE) AS profit
FROM during
JOIN prices_before ON prices_before.symbol = during.symbol AND prices_before.from_us = during.from_us
WHERE during.opens AND during.typology IN ('spoofing', 'layering')
UNION ALL
SELECT
    during.episode_id, during.trade_id, during.counterparty_id,
    during.sign * (CAST(during.price AS DOUBLE) - sums.paid / sums.opened) * CAST(during.quantity AS DOUBLE)
        * least(1.0, sums.opened / sums.closed)
FROM during
JOIN sums ON sums.episode_id = during.episode_id
WHERE NOT during.opens AND sums.opened > 0 AND during.typology IN ('front_running', 'pump_and_dump')
