UNWIND $rows AS row
MERGE (n:{label} {id: row[0]})
SET n.opened_at = CASE WHEN row[1] IS NOT NULL THEN $epoch + duration({microseconds: row[1]}) END,
    n.segment = row[2],
    n.country = row[3],
    n.volume_usd = row[4],
    n.category = row[5],
    n.network = row[6],
    n.kind = row[7],
    n.tier = row[8]
RETURN count(*) AS written
