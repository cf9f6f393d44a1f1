UNWIND $rows AS row
MATCH (source:Account {id: row[0]})
MATCH (target:{target} {id: row[1]})
CALL (row, source, target) {
    MATCH (source)-[link:{type} {qualifier: row[2]}]->(target)
    DELETE link
}
