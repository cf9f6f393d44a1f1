SELECT node.key, coalesce(degree.links, 0)
FROM node LEFT JOIN degree ON degree.node = node.key
WHERE node.label = ? AND node.id = ?
