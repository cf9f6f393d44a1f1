MATCH (source:Account)-[link:{type}]->(target:{target})
RETURN source.id, target.id, link.qualifier, link.undated,
    link.first_ts.epochMillis * 1000 + link.first_ts.microsecond % 1000,
    link.last_ts.epochMillis * 1000 + link.last_ts.microsecond % 1000,
    link.volume, link.days, link.counts, link.event_days, link.event_ids
