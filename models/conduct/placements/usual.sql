-- How busy the markets usually are when an account of `placements` begins: of the hour before each of its beginnings in
-- that market, half minutes by `crowd`, and stretches of $lookback_seconds s by their largest `jump`. Half minutes
-- without orders or trades have no row.
WITH begun AS (
    SELECT account_id, symbol, us, us - us % $step_us AS step_us FROM placements WHERE alone
),
near AS (
    SELECT begun.account_id, begun.us, states.symbol, states.step_us, states.crowd, states.jump
    FROM (
        SELECT *, step_us - step_us % $hour_us AS hour_us FROM begun
        UNION ALL
        SELECT *, step_us - step_us % $hour_us - $hour_us FROM begun
    ) begun
    JOIN (SELECT *, step_us - step_us % $hour_us AS hour_us FROM states) states
        ON states.symbol = begun.symbol
       AND states.hour_us = begun.hour_us
    WHERE states.step_us < begun.step_us
      AND states.step_us >= begun.step_us - $hour_us
),
stretches AS (
    SELECT account_id, max(jump) AS jump
    FROM near
    GROUP BY account_id, us, symbol, step_us - step_us % $lookback_us
)
SELECT account_id, 'crowd' AS kind, crowd AS value, count(*) AS steps FROM near GROUP BY account_id, crowd
UNION ALL
SELECT account_id, 'jump', jump, count(*) FROM stretches GROUP BY account_id, jump
