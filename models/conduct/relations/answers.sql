-- Arranged orders as acts: those of one account in one market within a minute are one, whatever ladder they came as,
-- and told of the one that was answered soonest. One order can be answered once, however many orders of a size follow
-- it. An account that was answered only once is left out, for strangers meet once; so is whoever answers strangers more
-- often than others, for he takes whatever is offered. `expected`: over all markets, the account's minutes with limit
-- orders times the share of such minutes that are acts among all other accounts, or among the others of its segment if
-- that is larger and they have $least_comparison minutes. Between owners it is scaled, so that the bound of
-- repetition.sql includes the chance that answers return to the same accounts: that of n answers r came back is no
-- likelier than 2^(n - 1) times ((n - 1) times the share of answers that the market's favourite gets) to the power r.
WITH first_answers AS (
    SELECT
        arranged.*,
        row_number() OVER (
            PARTITION BY later_account_id, earlier_order_id ORDER BY later_us, later_order_id
        ) AS nth
    FROM arranged
    LEFT JOIN closing ON closing.order_id = arranged.later_order_id AND NOT arranged.same_owner
    WHERE closing.order_id IS NULL AND (NOT same_owner OR later_us - earlier_us <= $rest_us)
),
numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY later_account_id, symbol, same_owner, later_us - later_us % 60000000
            ORDER BY later_us - earlier_us, later_order_id, earlier_order_id
        ) AS place
    FROM first_answers
    WHERE nth = 1
),
acts AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY later_account_id, earlier_account_id, same_owner) >= $least_with_partner AS returned
    FROM numbered
    WHERE place = 1
),
ways AS (
    SELECT later_account_id AS account_id, CASE side WHEN 'buy' THEN 1 ELSE 0 END AS bought
    FROM acts
    WHERE returned AND NOT same_owner
    UNION ALL
    SELECT earlier_account_id, CASE side WHEN 'buy' THEN 0 ELSE 1 END FROM acts WHERE returned AND NOT same_owner
),
both_ways AS (
    SELECT account_id
    FROM ways
    GROUP BY account_id
    HAVING least(sum(bought), count(*) - sum(bought)) >= $least_way_share * count(*) * 0.999999999
),
minutes AS (
    SELECT
        lives.account_id, lives.symbol, coalesce(owners.segment, 'other') AS segment,
        count(DISTINCT placed_us - placed_us % 60000000) AS minutes
    FROM lives
    LEFT JOIN owners ON owners.account_id = lives.account_id
    WHERE price IS NOT NULL
    GROUP BY lives.account_id, lives.symbol, coalesce(owners.segment, 'other')
),
own AS (
    SELECT minutes.account_id, minutes.symbol, minutes.segment, acts.same_owner, count(*) AS acts
    FROM acts
    JOIN minutes ON minutes.account_id = acts.later_account_id AND minutes.symbol = acts.symbol
    GROUP BY minutes.account_id, minutes.symbol, minutes.segment, acts.same_owner
),
everybody AS (
    SELECT symbol, segment, sum(minutes) AS minutes FROM minutes GROUP BY symbol, segment
    UNION ALL
    SELECT symbol, 'all of them', sum(minutes) FROM minutes GROUP BY symbol
),
what_everybody_did AS (
    SELECT symbol, segment, same_owner, sum(acts) AS acts FROM own GROUP BY symbol, segment, same_owner
    UNION ALL
    SELECT symbol, 'all of them', same_owner, sum(acts) FROM own GROUP BY symbol, same_owner
),
shares AS (
    SELECT
        minutes.account_id, minutes.symbol, minutes.minutes, did.same_owner,
        max(
            CAST(did.acts - coalesce(own.acts, 0) + 1 AS DOUBLE) / (everybody.minutes - minutes.minutes + 1)
        ) AS share
    FROM minutes
    JOIN what_everybody_did did
        ON did.symbol = minutes.symbol AND did.segment IN (minutes.segment, 'all of them')
    JOIN everybody ON everybody.symbol = did.symbol AND everybody.segment = did.segment
    LEFT JOIN own
        ON own.account_id = minutes.account_id AND own.symbol = minutes.symbol AND own.same_owner = did.same_owner
    WHERE everybody.minutes - minutes.minutes >= $least_comparison
    GROUP BY minutes.account_id, minutes.symbol, minutes.minutes, did.same_owner
),
asked AS (
    SELECT symbol, earlier_account_id, count(*) AS times
    FROM acts
    WHERE NOT same_owner
    GROUP BY symbol, earlier_account_id
),
favourites AS (
    SELECT symbol, CAST(max(times) + 1 AS DOUBLE) / (sum(times) + 1) AS share FROM asked GROUP BY symbol
),
returns AS (
    SELECT
        acts.later_account_id AS account_id, count(*) AS answers, sum(CASE WHEN returned THEN 1 ELSE 0 END) AS returned,
        count(*) - count(DISTINCT acts.earlier_account_id) AS again, max(favourites.share) AS share
    FROM acts
    JOIN favourites ON favourites.symbol = acts.symbol
    WHERE NOT acts.same_owner
    GROUP BY acts.later_account_id
),
scales AS (
    SELECT
        account_id, answers, returned,
        exp(least(
            (answers - 1) * ln(2.0) + again * ln(greatest(least((answers - 1) * share, 1), 1e-9)), 0
        ) / answers) AS scale
    FROM returns
),
chances AS (
    SELECT
        account_id, same_owner,
        CAST(sum(CAST(least(minutes * share, minutes) AS DECIMAL(38, 18))) AS DOUBLE) AS expected
    FROM shares
    GROUP BY account_id, same_owner
)
SELECT
    acts.later_account_id AS account_id, acts.earlier_account_id AS other_account_id, acts.symbol, acts.same_owner,
    acts.earlier_us AS from_us, acts.later_us AS to_us, acts.size, acts.earlier_order_id, acts.later_order_id,
    CASE WHEN acts.same_owner THEN chances.expected ELSE chances.expected * scales.scale END AS expected
FROM acts
JOIN chances ON chances.account_id = acts.later_account_id AND chances.same_owner = acts.same_owner
SEMI JOIN shares
    ON shares.account_id = acts.later_account_id AND shares.symbol = acts.symbol AND shares.same_owner = acts.same_owner
LEFT JOIN scales ON scales.account_id = acts.later_account_id
LEFT JOIN both_ways ON both_ways.account_id = acts.later_account_id
WHERE acts.returned
  AND (acts.same_owner OR (both_ways.account_id IS NOT NULL AND 2 * scales.returned >= scales.answers))
