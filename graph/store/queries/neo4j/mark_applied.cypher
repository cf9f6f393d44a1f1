UNWIND $rows AS name
MERGE (segment:TapeSegment {id: name})
RETURN count(*) AS written
