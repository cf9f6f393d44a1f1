-- What is known of each market?
SELECT id, kind, tier
FROM ids
LEFT JOIN symbols ON symbol = id
