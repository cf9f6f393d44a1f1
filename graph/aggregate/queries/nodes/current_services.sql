-- Which known services had not expired at the latest event on the tape?
SELECT kind, identifier, category
FROM known_services
WHERE
    expires_at IS NULL
    OR expires_at >= coalesce(
        (
            SELECT max(ts)
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
