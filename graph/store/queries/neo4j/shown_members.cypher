// For those who read while a run is being mirrored: exactly one run, for what is shown is one property of one node.
// `(:Account)-[:MEMBER_OF]->(:Ring)` shows the same, but Neo4j reads what is committed, and so half of either run in
// a query that goes on during the moment of the switch.
MATCH (store:RingleaderStore {id: 'store'})
WITH store.mirroring AS shown
MATCH (account:Account)-[member:MEMBER_OF {mirroring: shown}]->(ring)
RETURN account.id, ring.id, member.run
