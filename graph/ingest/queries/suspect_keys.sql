-- Which natural keys, by their hash, occur more than once or are on the tape already?
SELECT key_hash
FROM (SELECT hash({key}) AS key_hash FROM accepted)
GROUP BY key_hash
HAVING count(*) > 1
UNION
SELECT key_hash
FROM (SELECT hash({key}) AS key_hash FROM earlier)
SEMI JOIN (SELECT hash({key}) AS key_hash FROM accepted) USING (key_hash)
