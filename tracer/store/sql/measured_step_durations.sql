-- By saga, step and bucket how many of `measured_step` there are, how long they took in all, and the latest of them.
SELECT named, CASE WHEN list_contains($steps::STRUCT(named VARCHAR, step VARCHAR)[], {'named': named, 'step': step}) THEN step ELSE $other END AS called, bucket,
       sum(n)::BIGINT, sum(took_s), max(latest)
FROM (
    SELECT named, step, bucket, count(*) AS n, sum(took_s) AS took_s, max({'at_ns': at_ns, 'txn': txn, 'took_s': took_s}) AS latest
    FROM measured_step GROUP BY ALL
)
GROUP BY ALL ORDER BY named, called, bucket
