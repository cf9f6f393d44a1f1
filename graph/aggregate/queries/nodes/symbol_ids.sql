-- Which markets does anything name?
SELECT symbol AS id FROM symbols
UNION ALL SELECT symbol FROM trades
UNION ALL SELECT symbol FROM orders
UNION ALL SELECT symbol FROM liquidations
