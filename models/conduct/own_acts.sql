-- Every act of an account's own of one typology, of the relation `acts`, whether or not it counts: when its own order
-- came, which of answers is the second. Split waves are left out: their instants are those of whoever laid the wave. Who
-- else was loud during a burst was no part of it.
SELECT
    account_id, CASE WHEN form <> 'burst' THEN other_account_id END AS other_account_id, '$typology' AS typology, symbol,
    CASE WHEN '$typology' IN ('self_trading', 'wash_trading') THEN to_us ELSE from_us END AS us, event_ids
FROM acts
WHERE own_act AND form <> 'split'
