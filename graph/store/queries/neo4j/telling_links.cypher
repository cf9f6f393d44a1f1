UNWIND $frontier AS key
MATCH (near) WHERE elementId(near) = key
CALL (near) {
    MATCH (near)-[link:{types}]-(far)
    WHERE link.undated > 0
        OR (($since IS NULL OR link.last_ts >= $since) AND ($until IS NULL OR link.first_ts <= $until))
    WITH link, far, startNode(link) <> near AS incoming, head([label IN labels(far) WHERE label IN $labels]) AS to_kind,
        count { (far)--() } - count { (far)-[:MEMBER_OF]-() } AS degree
    ORDER BY degree, link.day_count DESC, far.id, to_kind, type(link), incoming, link.qualifier
    LIMIT $links_per_node
    RETURN link, far, to_kind, degree, incoming
}
RETURN key, elementId(far), to_kind, far.id, degree, type(link), incoming, link.qualifier, link.count, link.day_count,
    link.first_ts.epochMillis * 1000 + link.first_ts.microsecond % 1000,
    link.last_ts.epochMillis * 1000 + link.last_ts.microsecond % 1000
