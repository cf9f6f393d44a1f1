-- Which IP addresses were used?
SELECT ip AS id FROM sessions
