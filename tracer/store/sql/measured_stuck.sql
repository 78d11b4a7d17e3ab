-- How many transactions of each saga are stuck as of $now, and since when the longest.
SELECT {{measured_saga}} AS named, sum(n)::BIGINT, min(since_ns)
FROM (
    SELECT saga, count(*) AS n, min(coalesce(since_ns, last_ns)) AS since_ns
    FROM txn WHERE deadline_ns < $now AND ended_ns IS NULL AND stall IS NOT NULL GROUP BY saga
)
GROUP BY ALL ORDER BY ALL
