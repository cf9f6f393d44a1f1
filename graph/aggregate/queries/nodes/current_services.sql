-- Which known services held at any time that the tape covers?
-- Compared with the first event and not the last: neither an ordinary expiry nor a row dated in the future may turn what
-- people did under a declaration into evidence against them.
SELECT kind, identifier, category
FROM known_services
WHERE
    expires_at IS NULL
    OR expires_at >= coalesce(
        (
            SELECT min(ts)
            FROM (
                SELECT ts FROM sessions
                UNION ALL SELECT ts FROM transfers
                UNION ALL SELECT ts FROM orders
                UNION ALL SELECT ts FROM trades
                UNION ALL SELECT ts FROM liquidations
            )
        ),
        expires_at
    )
