-- Which accepted rows fill an order that must have been placed before?
SELECT file, row, maker_order_id AS order_id, ts, 'the maker''s order' AS whose
FROM accepted
WHERE maker_order_id IS NOT NULL
UNION ALL
SELECT file, row, taker_order_id, ts, 'the taker''s order'
FROM accepted
WHERE taker_order_id IS NOT NULL
