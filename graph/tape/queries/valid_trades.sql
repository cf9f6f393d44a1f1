-- Which trades hold, by the exchange's last word? Busted beats corrected beats normal, whichever arrived first.
-- Nothing is sorted: every row is only looked up among the few that a revision undoes.
WITH undone AS (
    SELECT trade_id, 'normal' AS status FROM {recorded} WHERE status IN ('corrected', 'busted')
    UNION ALL
    SELECT trade_id, 'corrected' AS status FROM {recorded} WHERE status = 'busted'
)
SELECT recorded.*
FROM {recorded} AS recorded
WHERE
    coalesce(recorded.status, 'normal') <> 'busted'
    AND NOT EXISTS (
        SELECT 1
        FROM undone
        WHERE undone.trade_id = recorded.trade_id AND undone.status = coalesce(recorded.status, 'normal')
    )
