MATCH (source:Account) WHERE source.id >= $first
WITH source ORDER BY source.id LIMIT $nodes
WITH collect(source) AS sources
CALL (sources) {
    UNWIND sources AS source
    MATCH (source)-[link:{type}]->(target:{target})
    RETURN collect([
        source.id, target.id, link.qualifier, link.undated,
        link.first_ts.epochMillis * 1000 + link.first_ts.microsecond % 1000,
        link.last_ts.epochMillis * 1000 + link.last_ts.microsecond % 1000,
        link.volume, link.days, link.counts, link.event_days, link.event_ids
    ]) AS rows
}
RETURN rows, last(sources).id AS last
