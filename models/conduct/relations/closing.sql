-- Answers that close what their author had opened: earlier that day, or the day before, exactly as much of its own was
-- filled on the other side, by an order that answered nobody. The size of a closing order is known since the opening:
-- whoever copies the opening, or waits for the closing, makes no wash of it.
WITH answering AS (
    SELECT later_order_id AS order_id FROM arranged WHERE NOT same_owner
    UNION
    SELECT later_order_id FROM opposite
),
answers AS (
    SELECT
        lives.order_id, lives.account_id, lives.symbol, lives.side, lives.ordered, lives.placed_us,
        lives.placed_us - lives.placed_us % 86400000000 AS day_us
    FROM lives
    SEMI JOIN answering ON answering.order_id = lives.order_id
),
opened AS (
    SELECT
        executed.account_id, executed.symbol, executed.side, executed.quantity,
        executed.first_us - executed.first_us % 86400000000 AS day_us, min(executed.first_us) AS first_us
    FROM executed
    SEMI JOIN answers
        ON answers.account_id = executed.account_id AND answers.symbol = executed.symbol
       AND answers.ordered = executed.quantity
    LEFT JOIN answering ON answering.order_id = executed.order_id
    WHERE answering.order_id IS NULL
    GROUP BY
        executed.account_id, executed.symbol, executed.side, executed.quantity,
        executed.first_us - executed.first_us % 86400000000
)
SELECT answers.order_id
FROM answers
JOIN opened
    ON opened.account_id = answers.account_id AND opened.symbol = answers.symbol
   AND opened.quantity = answers.ordered
WHERE opened.side <> answers.side
  AND opened.first_us < answers.placed_us
  AND opened.day_us >= answers.day_us - 86400000000
GROUP BY answers.order_id
