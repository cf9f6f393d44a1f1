MATCH (n:{label})
RETURN n.id, n.opened_at.epochMillis * 1000 + n.opened_at.microsecond % 1000, n.segment, n.country, n.volume_usd,
    n.category, n.network, n.kind, n.tier
