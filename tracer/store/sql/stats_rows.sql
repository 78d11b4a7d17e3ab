-- What became of the transactions that began from $since until before $until, by saga and by spans of $every from $base.
SELECT saga, $base + (first_ns - $base) // $every * $every AS at_ns, count(*) AS started,
       count(*) FILTER (status = 'completed'), count(*) FILTER (status = 'failed'), count(*) FILTER (status = 'compensated'),
       count(*) FILTER (ended_ns IS NULL),
       count(*) FILTER (ended_ns IS NULL AND stall IS NOT NULL AND deadline_ns < $now),
       quantile_cont(greatest(ended_ns::HUGEINT - first_ns, 0)::DOUBLE, [0.5, 0.95]) FILTER (status = 'completed')
FROM txn
WHERE first_ns >= $since AND first_ns < $until AND ($saga IS NULL OR saga = $saga)
GROUP BY saga, at_ns ORDER BY saga NULLS LAST, at_ns
