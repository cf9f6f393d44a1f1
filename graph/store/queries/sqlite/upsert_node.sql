INSERT INTO node (label, id, opened_at, segment, country, volume_usd, category, network, kind, tier)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (label, id) DO UPDATE SET
    opened_at = excluded.opened_at,
    segment = excluded.segment,
    country = excluded.country,
    volume_usd = excluded.volume_usd,
    category = excluded.category,
    network = excluded.network,
    kind = excluded.kind,
    tier = excluded.tier
