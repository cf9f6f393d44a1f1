MATCH (source:Account)-[link:{type}]->(target:{target})
RETURN source.id, target.id, link.qualifier, link.undated,
    link.first_ts.epochSeconds * 1000000 + link.first_ts.microsecond,
    link.last_ts.epochSeconds * 1000000 + link.last_ts.microsecond,
    link.volume, link.days, link.counts, link.event_days, link.event_ids
