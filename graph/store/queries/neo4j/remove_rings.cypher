MATCH (ring:{label})
WITH ring LIMIT $most
DETACH DELETE ring
RETURN count(*) AS removed
