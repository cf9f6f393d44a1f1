UNWIND $rows AS row
MATCH (ring:StagedRing {id: row[0]})
MATCH (account:Account {id: row[1]})
MERGE (account)-[member:MEMBER_OF]->(ring)
SET member.role = row[2], member.score = row[3], member.tier = row[4], member.run = $run, member.mirroring = $mirroring
RETURN count(*) AS written
