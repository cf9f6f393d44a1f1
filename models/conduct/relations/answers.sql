-- Arranged orders as acts: those of one account in one market within a minute are one, whatever ladder they came as, and
-- told of the one that was answered soonest; an account that was answered only once is left out, for strangers meet once.
-- `expected`: over all markets, the account's minutes with limit orders times the
-- share of such minutes that are acts among all other accounts.
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY later_account_id, symbol, same_owner, later_us - later_us % 60000000
            ORDER BY later_us - earlier_us, later_order_id, earlier_order_id
        ) AS place
    FROM arranged
    WHERE NOT same_owner OR later_us - earlier_us <= $rest_us
),
acts AS (
    SELECT * FROM numbered WHERE place = 1
),
partners AS (
    SELECT later_account_id, earlier_account_id, same_owner
    FROM acts
    GROUP BY later_account_id, earlier_account_id, same_owner
    HAVING count(*) >= $least_with_partner
),
minutes AS (
    SELECT account_id, symbol, count(DISTINCT placed_us - placed_us % 60000000) AS minutes
    FROM lives
    WHERE price IS NOT NULL
    GROUP BY account_id, symbol
),
own AS (
    SELECT later_account_id AS account_id, symbol, same_owner, count(*) AS acts
    FROM acts
    GROUP BY later_account_id, symbol, same_owner
),
markets AS (
    SELECT symbol, same_owner, sum(acts) AS acts FROM own GROUP BY symbol, same_owner
),
market_minutes AS (
    SELECT symbol, sum(minutes) AS minutes FROM minutes GROUP BY symbol
),
chances AS (
    SELECT
        minutes.account_id, markets.same_owner,
        CAST(sum(CAST(
            CAST(minutes.minutes AS DOUBLE) * (markets.acts - coalesce(own.acts, 0) + 1)
            / (market_minutes.minutes - minutes.minutes + 1) AS DECIMAL(38, 18)
        )) AS DOUBLE) AS expected
    FROM minutes
    JOIN markets ON markets.symbol = minutes.symbol
    JOIN market_minutes ON market_minutes.symbol = minutes.symbol
    LEFT JOIN own
        ON own.account_id = minutes.account_id AND own.symbol = minutes.symbol
       AND own.same_owner = markets.same_owner
    GROUP BY minutes.account_id, markets.same_owner
)
SELECT
    acts.later_account_id AS account_id, acts.earlier_account_id AS other_account_id, acts.symbol, acts.same_owner,
    acts.earlier_us AS from_us, acts.later_us AS to_us, acts.size, acts.earlier_order_id, acts.later_order_id,
    chances.expected
FROM acts
JOIN partners
    ON partners.later_account_id = acts.later_account_id
   AND partners.earlier_account_id = acts.earlier_account_id
   AND partners.same_owner = acts.same_owner
JOIN chances ON chances.account_id = acts.later_account_id AND chances.same_owner = acts.same_owner
