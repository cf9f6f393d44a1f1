-- Which accepted rows act on an order that must have been placed before?
SELECT file, row, order_id, ts, 'its order' AS whose
FROM accepted
WHERE event <> 'new'
