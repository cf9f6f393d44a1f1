-- Which resources may have another category because services were declared in new segments, or because the time that the
-- tape covers now reaches back to when one held?
SELECT identifier AS id FROM fresh.known_services
UNION SELECT identifier FROM known_services WHERE expires_at IS NOT NULL
UNION SELECT ip FROM fresh.ip_networks
UNION SELECT ip FROM ip_networks
    SEMI JOIN (
        SELECT identifier AS network FROM fresh.known_services
        UNION SELECT identifier FROM known_services WHERE expires_at IS NOT NULL
    ) USING (network)
