UNWIND $rows AS row
MATCH (source:Account {id: row[0]})
MATCH (target:{target} {id: row[1]})
MERGE (source)-[link:{type} {qualifier: row[2]}]->(target)
SET link.count = row[3],
    link.day_count = row[4],
    link.undated = row[5],
    link.first_ts = CASE WHEN row[6] IS NOT NULL THEN $epoch + duration({microseconds: row[6]}) END,
    link.last_ts = CASE WHEN row[7] IS NOT NULL THEN $epoch + duration({microseconds: row[7]}) END,
    link.volume = row[8],
    link.days = row[9],
    link.counts = row[10],
    link.event_days = row[11],
    link.event_ids = row[12]
RETURN count(*) AS written
