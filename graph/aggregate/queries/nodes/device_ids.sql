-- Which devices were used?
SELECT device_id AS id FROM sessions
