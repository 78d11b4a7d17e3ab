-- How many transactions of each saga are open.
SELECT {{measured_saga}} AS named, sum(n)::BIGINT
FROM (SELECT saga, count(*) AS n FROM txn WHERE ended_ns IS NULL GROUP BY saga)
GROUP BY ALL ORDER BY ALL
