-- What service is each device known for?
SELECT id, category
FROM ids
LEFT JOIN current_services ON identifier = id AND kind = 'device'
