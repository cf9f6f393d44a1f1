-- Answers whose size was known before: earlier that day, or the day before, exactly as much of the author's own was
-- filled on the other side in whatever market, or that day on the same side in this one, by a whole order or at one
-- instant. Who closes, hedges or slices shows the size beforehand: whoever copies the first part, or waits for the next,
-- makes no wash of it. What was filled by answering the same account shows nothing to anybody else.
WITH answering AS (
    SELECT later_order_id AS order_id, earlier_account_id AS answered FROM arranged WHERE NOT same_owner
    UNION
    SELECT later_order_id, other_account_id FROM opposite
),
answers AS (
    SELECT
        lives.order_id, lives.account_id, lives.symbol, lives.side, lives.ordered, lives.placed_us, answering.answered,
        lives.placed_us - lives.placed_us % 86400000000 AS day_us
    FROM lives
    JOIN answering ON answering.order_id = lives.order_id
),
filled AS (
    SELECT order_id, account_id, symbol, side, quantity, first_us AS us FROM executed
    UNION
    SELECT fills.order_id, fills.account_id, fills.symbol, fills.side, sum(fills.quantity) AS quantity, fills.us
    FROM fills
    SEMI JOIN executed ON executed.order_id = fills.order_id AND executed.account_id = fills.account_id
    GROUP BY fills.order_id, fills.account_id, fills.symbol, fills.side, fills.us
),
shown AS (
    SELECT filled.*
    FROM filled
    SEMI JOIN answers ON answers.account_id = filled.account_id AND answers.ordered = filled.quantity
)
SELECT answers.order_id
FROM answers
JOIN shown ON shown.account_id = answers.account_id AND shown.quantity = answers.ordered
LEFT JOIN answering ON answering.order_id = shown.order_id AND answering.answered = answers.answered
WHERE answering.order_id IS NULL
  AND shown.us < answers.placed_us
  AND shown.us >= answers.day_us - 86400000000
  AND (shown.side <> answers.side OR (shown.symbol = answers.symbol AND shown.us >= answers.day_us))
GROUP BY answers.order_id
