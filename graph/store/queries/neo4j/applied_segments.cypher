MATCH (segment:TapeSegment)
RETURN segment.id AS name
