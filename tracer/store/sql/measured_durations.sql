-- By saga, outcome and bucket how many of `measured_txn` there are, how long they took in all, and the latest of them.
SELECT {{measured_saga}} AS named, outcome, bucket, sum(n)::BIGINT, sum(took_s), max(latest)
FROM (
    SELECT saga, outcome, bucket, count(*) AS n, sum(took_s) AS took_s, max({'at_ns': at_ns, 'txn': txn, 'took_s': took_s}) AS latest
    FROM measured_txn GROUP BY ALL
)
GROUP BY ALL ORDER BY named, outcome, bucket
