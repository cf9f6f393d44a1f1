-- Which pairs with revised trades are no links of trades, whatever they were before?
FROM revised_pairs
EXCEPT
SELECT maker_account_id, taker_account_id, symbol
FROM valid_trades
SEMI JOIN revised_pairs ON maker_account_id = source AND taker_account_id = target AND symbol = qualifier
GROUP BY ALL
HAVING count(*) >= 2
