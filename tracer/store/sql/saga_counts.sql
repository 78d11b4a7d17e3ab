-- How many transactions of each saga stand how, as of $now, and how long those took that completed.
SELECT saga, max(style), status_now, count(*),
       quantile_cont(greatest(ended_ns::HUGEINT - first_ns, 0)::DOUBLE, [0.5, 0.95]) FILTER (status_now = 'completed')
FROM (
    SELECT saga, style, first_ns, ended_ns,
           CASE WHEN ended_ns IS NULL AND stall IS NOT NULL AND deadline_ns < $now THEN 'stuck' ELSE status END AS status_now
    FROM txn
)
GROUP BY saga, status_now
