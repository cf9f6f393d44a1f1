MATCH (n:{label}) WHERE n.id >= $first
WITH n ORDER BY n.id LIMIT $nodes
RETURN collect([
    n.id, n.opened_at.epochMillis * 1000 + n.opened_at.microsecond % 1000, n.segment, n.country, n.volume_usd,
    n.category, n.network, n.kind, n.tier
]) AS rows, last(collect(n.id)) AS last
