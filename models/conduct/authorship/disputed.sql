-- When it is disputed who acts for an account: from the first use of a device that it had not used before and from which,
-- within a day, a password was reset, a second factor changed or an API key made. For a week at least, and until a device
-- is used again that it had used a day before or earlier: then its owner is there. What an account uses on its first day
-- is its own.
WITH uses AS (
    SELECT account_id, device_id, min(epoch_us(ts)) AS first_us
    FROM tape_sessions
    WHERE device_id IS NOT NULL AND epoch_us(ts) < $before_us
    GROUP BY account_id, device_id
),
opened AS (
    SELECT account_id, min(first_us) AS first_us FROM uses GROUP BY account_id
),
changes AS (
    SELECT account_id, device_id, min(epoch_us(ts)) AS us
    FROM tape_sessions
    WHERE event <> 'login' AND device_id IS NOT NULL AND epoch_us(ts) < $before_us
    GROUP BY account_id, device_id
),
strange AS (
    SELECT uses.account_id, uses.first_us AS since_us
    FROM uses
    JOIN changes ON changes.account_id = uses.account_id AND changes.device_id = uses.device_id
    JOIN opened ON opened.account_id = uses.account_id
    WHERE uses.first_us >= opened.first_us + 86400000000 AND changes.us <= uses.first_us + 86400000000
),
returns AS (
    SELECT strange.account_id, strange.since_us, min(epoch_us(tape_sessions.ts)) AS us
    FROM strange
    JOIN uses ON uses.account_id = strange.account_id AND uses.first_us <= strange.since_us - 86400000000
    JOIN tape_sessions
        ON tape_sessions.account_id = uses.account_id AND tape_sessions.device_id = uses.device_id
       AND epoch_us(tape_sessions.ts) >= strange.since_us + 604800000000
    WHERE epoch_us(tape_sessions.ts) < $before_us
    GROUP BY strange.account_id, strange.since_us
)
SELECT DISTINCT strange.account_id, strange.since_us, coalesce(returns.us, $before_us) AS until_us
FROM strange
LEFT JOIN returns ON returns.account_id = strange.account_id AND returns.since_us = strange.since_us
