-- The unfair gain of each episode: its profits and losses together, and nothing below zero.
SELECT episode_id, greatest(CAST(sum(CAST(profit AS DECIMAL(38, 9))) AS DOUBLE), 0.0) AS gain
FROM profits
GROUP BY episode_id
