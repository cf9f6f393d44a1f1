-- Who was harmed by an episode, trade by trade: `loss` against the price before it, positive. Spoofing and layering:
-- who stood on the other side of the account's profitable fills. Pump and dump: who bought from the account while it
-- sold out, above the price before. Front running: the account that was run ahead of, for as much of its order as had
-- been bought up before it. Liquidations during spoofing, layering or a pump, closed in the direction in which the
-- price was pressed: as recorded.
WITH opened AS (
    SELECT counted.episode_id, CAST(sum(fills.quantity) AS DOUBLE) AS quantity
    FROM counted
    JOIN fills ON fills.account_id = counted.account_id AND fills.symbol = counted.symbol AND fills.side = counted.side
    WHERE counted.typology = 'front_running' AND fills.us BETWEEN counted.from_us AND counted.to_us
    GROUP BY counted.episode_id
),
followers AS (
    SELECT
        counted.episode_id, counted.other_account_id, counted.symbol, counted.from_us, fills.trade_id,
        CASE counted.side WHEN 'buy' THEN 1.0 ELSE -1.0 END AS sign,
        CAST(fills.price AS DOUBLE) AS price, CAST(fills.quantity AS DOUBLE) AS quantity,
        CAST(sum(fills.quantity) OVER (PARTITION BY counted.episode_id) AS DOUBLE) AS whole
    FROM counted
    JOIN fills
        ON fills.account_id = counted.other_account_id AND fills.symbol = counted.symbol AND fills.side = counted.side
    WHERE counted.typology = 'front_running' AND fills.took AND fills.us BETWEEN counted.from_us AND counted.to_us
),
losses AS (
    SELECT
        profits.episode_id, profits.counterparty_id AS harmed_account_id, profits.profit AS loss, 'fill' AS kind,
        profits.trade_id
    FROM profits
    JOIN counted ON counted.episode_id = profits.episode_id
    WHERE counted.typology IN ('spoofing', 'layering')
    UNION ALL
    SELECT
        counted.episode_id, fills.counterparty_id,
        (CAST(fills.price AS DOUBLE) - prices_before.price) * CAST(fills.quantity AS DOUBLE), 'fill', fills.trade_id
    FROM counted
    JOIN fills ON fills.account_id = counted.account_id AND fills.symbol = counted.symbol
    JOIN prices_before ON prices_before.symbol = counted.symbol AND prices_before.from_us = counted.from_us
    WHERE counted.typology = 'pump_and_dump'
      AND fills.side <> counted.side
      AND fills.counterparty_id <> counted.account_id
      AND fills.us BETWEEN counted.from_us AND counted.to_us
    UNION ALL
    SELECT
        followers.episode_id, followers.other_account_id,
        followers.sign * (followers.price - prices_before.price) * followers.quantity
            * least(1.0, opened.quantity / followers.whole),
        'fill', followers.trade_id
    FROM followers
    JOIN opened ON opened.episode_id = followers.episode_id
    JOIN prices_before ON prices_before.symbol = followers.symbol AND prices_before.from_us = followers.from_us
    UNION ALL
    SELECT
        counted.episode_id, liquidations.account_id, CAST(liquidations.loss AS DOUBLE), 'liquidation',
        CAST(NULL AS VARCHAR)
    FROM counted
    JOIN liquidations ON liquidations.symbol = counted.symbol
    WHERE counted.typology IN ('spoofing', 'layering', 'pump_and_dump')
      AND liquidations.account_id <> counted.account_id
      AND (liquidations.side = counted.side) = (counted.typology = 'pump_and_dump')
      AND liquidations.us BETWEEN counted.from_us AND counted.to_us
)
SELECT episode_id, harmed_account_id, loss, kind, trade_id FROM losses WHERE loss > 0
