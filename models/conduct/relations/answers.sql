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
    SELECT * FROM numbered WHERE place = 1
),
partners AS (
    SELECT later_account_id, earlier_account_id, same_owner
    FROM acts
    GROUP BY later_account_id, earlier_account_id, same_owner
    HAVING count(*) >= $least_with_partner
),
arrangements AS (
    SELECT acts.later_account_id, acts.earlier_account_id, acts.side
    FROM acts
    SEMI JOIN partners
        ON partners.later_account_id = acts.later_account_id
       AND partners.earlier_account_id = acts.earlier_account_id
       AND partners.same_owner = acts.same_owner
    WHERE NOT acts.same_owner
),
ways AS (
    SELECT later_account_id AS account_id, CASE side WHEN 'buy' THEN 1 ELSE 0 END AS bought FROM arrangements
    UNION ALL
    SELECT earlier_account_id, CASE side WHEN 'buy' THEN 0 ELSE 1 END FROM arrangements
),
both_ways AS (
    SELECT account_id
    FROM ways
    GROUP BY account_id
    HAVING least(sum(bought), count(*) - sum(bought))
        >= least($least_way_share * count(*) * 0.999999999, $enough_each_way)
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
met AS (
    SELECT
        acts.later_account_id AS account_id, count(*) AS answers, count(partners.later_account_id) AS returned,
        count(DISTINCT acts.earlier_account_id) AS others
    FROM acts
    LEFT JOIN partners
        ON partners.later_account_id = acts.later_account_id
       AND partners.earlier_account_id = acts.earlier_account_id
       AND partners.same_owner = acts.same_owner
    WHERE NOT acts.same_owner
    GROUP BY acts.later_account_id
),
asked AS (
    SELECT symbol, earlier_account_id, count(*) AS times
    FROM acts
    WHERE NOT same_owner
    GROUP BY symbol, earlier_account_id
),
favourites AS (
    SELECT symbol, (max(times) + 1.0) / (sum(times) + 1.0) AS share FROM asked GROUP BY symbol
),
returns AS (
    SELECT
        met.account_id, met.answers, met.returned, met.answers - met.others AS again,
        max(least((met.answers - 1) * favourites.share, 1)) AS share
    FROM met
    JOIN acts ON acts.later_account_id = met.account_id AND NOT acts.same_owner
    JOIN favourites ON favourites.symbol = acts.symbol
    GROUP BY met.account_id, met.answers, met.returned, met.answers - met.others
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
    CASE
        WHEN acts.same_owner THEN chances.expected
        ELSE chances.expected * power(least(
            power(2.0, returns.answers - 1) * power(returns.share, returns.again), 1
        ), 1.0 / returns.answers)
    END AS expected
FROM acts
JOIN partners
    ON partners.later_account_id = acts.later_account_id
   AND partners.earlier_account_id = acts.earlier_account_id
   AND partners.same_owner = acts.same_owner
JOIN chances ON chances.account_id = acts.later_account_id AND chances.same_owner = acts.same_owner
SEMI JOIN shares
    ON shares.account_id = acts.later_account_id AND shares.symbol = acts.symbol AND shares.same_owner = acts.same_owner
LEFT JOIN returns ON returns.account_id = acts.later_account_id
LEFT JOIN both_ways ON both_ways.account_id = acts.later_account_id
WHERE acts.same_owner OR (both_ways.account_id IS NOT NULL AND 2 * returns.returned >= returns.answers)
