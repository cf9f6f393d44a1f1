-- Which early acts are dated before every `new` of an order of theirs, and are not on the tape already?
WITH first_placed AS (
    SELECT order_id, min(ts) AS placed_at
    FROM placed_ever
    SEMI JOIN early_acts USING (order_id)
    GROUP BY order_id
),
crossed AS (
    SELECT file, row, any_value(ts) AS ts, string_agg(whose, ' and ' ORDER BY whose) AS whose
    FROM early_acts
    JOIN first_placed USING (order_id)
    WHERE ts < placed_at
    GROUP BY file, row
),
stored AS (
    SELECT file, row
    FROM (SELECT file, row, {key} FROM accepted SEMI JOIN crossed USING (file, row)) AS candidate
    SEMI JOIN earlier ON {same_key}
)
SELECT
    file, row, 'dated before the new of ' || whose AS reason,
    strftime(make_timestamp(epoch_us(ts)), '%Y-%m-%dT%H:%M:%S.%fZ') AS value
FROM crossed
ANTI JOIN stored USING (file, row)
