INSERT INTO link (
    type, source, target, qualifier, count, day_count, undated, first_ts, last_ts, volume,
    days, counts, event_days, event_lengths, event_bytes
)
VALUES (
    ?1,
    (SELECT key FROM node WHERE label = ?2 AND id = ?3),
    (SELECT key FROM node WHERE label = ?4 AND id = ?5),
    ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17
)
ON CONFLICT (type, source, target, qualifier) DO UPDATE SET
    count = excluded.count,
    day_count = excluded.day_count,
    undated = excluded.undated,
    first_ts = excluded.first_ts,
    last_ts = excluded.last_ts,
    volume = excluded.volume,
    days = excluded.days,
    counts = excluded.counts,
    event_days = excluded.event_days,
    event_lengths = excluded.event_lengths,
    event_bytes = excluded.event_bytes
