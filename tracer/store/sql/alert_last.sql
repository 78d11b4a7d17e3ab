-- When each source's last record arrived, as the latest $most records tell; and, for others that sent any before, the
-- arrival of the first of those (null: there are no records), than which theirs was no later.
WITH latest AS (
    SELECT source, received_ns FROM record WHERE seq > (SELECT appended_seq - $most FROM progress)
), seen AS (
    SELECT source, max(received_ns) AS at_ns, TRUE AS is_exact FROM latest GROUP BY source
)
FROM seen
UNION ALL
SELECT DISTINCT source, (SELECT min(received_ns) FROM latest), FALSE FROM coverage WHERE source NOT IN (SELECT source FROM seen)
