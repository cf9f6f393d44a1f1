-- Which account sent to which account, by asset?
-- The same money is often on the books of both: on each day the side that counts more is believed, and the sender's
-- rows are the events when there are any.
WITH sides AS (
    SELECT
        account_id AS source, counterparty_account_id AS target, coalesce(asset, '') AS qualifier, true AS sent,
        ts, "count" AS n, transfer_id
    FROM transfers
    WHERE direction IN ('internal', 'withdrawal') AND counterparty_account_id <> account_id
    UNION ALL
    SELECT
        counterparty_account_id AS source, account_id AS target, coalesce(asset, '') AS qualifier, false AS sent,
        ts, "count" AS n, transfer_id
    FROM transfers
    WHERE direction = 'deposit' AND counterparty_account_id <> account_id
),
dated AS (
    SELECT *, epoch_us(ts) // 86400000000 AS day FROM sides
),
weighed AS (
    SELECT
        *,
        coalesce(sum(n) FILTER (WHERE sent) OVER both_sides, 0) AS sent_count,
        coalesce(sum(n) FILTER (WHERE NOT sent) OVER both_sides, 0) AS received_count,
        row_number() OVER (PARTITION BY source, target, qualifier, day, sent ORDER BY ts, transfer_id) AS place
    FROM dated
    WINDOW both_sides AS (PARTITION BY source, target, qualifier, day)
)
SELECT
    source, target, qualifier, ts,
    CAST(n + CASE WHEN sent AND place = 1 THEN greatest(received_count - sent_count, 0) ELSE 0 END AS BIGINT) AS n,
    transfer_id AS event_id
FROM weighed
WHERE sent OR sent_count = 0
