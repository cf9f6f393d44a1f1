-- Which acts count: only those of an account that did the like at least $least_acts times, on at least $least_days
-- days, more often than chance would have it, by acts of its own. Acts told of a partner stay where the partner
-- qualifies as well. The probability that a Poisson number with the expected mean reaches the count is at most exp(n -
-- m - n ln(n / m)) (Chernoff 1952): a bound that holds exactly and needs no tables.
WITH counted AS (
    SELECT
        account_id, form,
        count(*) AS acts,
        count(DISTINCT from_us - from_us % 86400000000) AS days,
        max(expected) AS expected
    FROM acts
    WHERE own_act AND counts
    GROUP BY account_id, form
),
judged AS (
    SELECT
        account_id, form, acts, days, expected,
        CASE
            WHEN expected IS NULL THEN NULL
            WHEN acts > expected THEN exp(acts - expected - acts * ln(acts / greatest(expected, 1e-9)))
            ELSE 1.0
        END AS p_value
    FROM counted
),
repeated AS (
    SELECT account_id, form, p_value
    FROM judged
    WHERE acts >= $least_acts AND days >= $least_days AND coalesce(p_value, 0) <= $most_chance
)
SELECT
    concat('ep_', left(md5(concat_ws(
        '|', '$typology', acts.account_id, coalesce(acts.other_account_id, ''), acts.symbol,
        CAST(acts.from_us AS VARCHAR), CAST(acts.to_us AS VARCHAR), array_to_string(acts.event_ids, ',')
    )), 16)) AS episode_id,
    '$typology' AS typology,
    acts.account_id,
    CASE WHEN acts.form = 'ahead' OR partner.account_id IS NOT NULL THEN acts.other_account_id END AS other_account_id,
    acts.form, acts.symbol, acts.side, acts.from_us, acts.to_us, acts.magnitude,
    acts.event_ids, acts.own_act, repeated.p_value
FROM acts
JOIN repeated ON repeated.account_id = acts.account_id AND repeated.form = acts.form
LEFT JOIN repeated partner ON partner.account_id = acts.other_account_id AND partner.form = acts.form
WHERE acts.own_act OR partner.account_id IS NOT NULL
