-- What is known of each saga: its definition, what was learned of it, and when.
SELECT coalesce(d.saga, l.saga) AS saga, d.body, l.body, l.learned_ns
FROM declared AS d FULL JOIN learned AS l ON l.saga = d.saga
