SELECT key, id, opened_at, segment, country, volume_usd, category, network, kind, tier
FROM node
WHERE label = ?
