SELECT source, target, qualifier, undated, first_ts, last_ts, volume,
    days, counts, event_days, event_lengths, event_bytes
FROM link
WHERE type = ?
