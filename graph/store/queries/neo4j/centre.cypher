MATCH (n:Account {id: $id})
RETURN elementId(n) AS key, count { (n)--() } - count { (n)-[:MEMBER_OF]-() } AS degree
