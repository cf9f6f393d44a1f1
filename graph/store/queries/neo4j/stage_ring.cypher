UNWIND $rows AS row
MERGE (ring:StagedRing {id: row[0]})
SET ring.score = row[1],
    ring.tier = row[2],
    ring.size = row[3],
    ring.summary = row[4],
    ring.run = $run,
    ring.mirroring = $mirroring
RETURN count(*) AS written
