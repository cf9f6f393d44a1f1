-- Which relations of accounts does the exchange know and allow?
SELECT
    leader_account_id AS source, follower_account_id AS target, kind AS qualifier,
    from_ts AS ts, row_hash AS event_hash
FROM declared_relations
WHERE leader_account_id <> follower_account_id
