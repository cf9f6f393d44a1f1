MATCH (n:{label})
RETURN n.id, n.opened_at.epochSeconds * 1000000 + n.opened_at.microsecond, n.segment, n.country, n.volume_usd,
    n.category, n.network, n.kind, n.tier
