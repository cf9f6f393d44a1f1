-- Which relations of accounts does the exchange know and allow?
SELECT
    leader_account_id AS source, follower_account_id AS target, kind AS qualifier,
    from_ts AS ts, 1 AS n, event_id, CAST(NULL AS DOUBLE) AS volume
FROM declared_relations
WHERE leader_account_id <> follower_account_id
