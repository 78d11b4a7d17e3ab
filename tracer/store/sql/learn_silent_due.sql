-- The sagas whose transactions mostly fall silent without a record that ends them, where that was not learned of late.
SELECT t.saga
FROM txn AS t LEFT JOIN learned AS l ON l.saga = t.saga
WHERE t.saga IS NOT NULL AND (l.learned_ns IS NULL OR l.learned_ns < $before)
GROUP BY t.saga
HAVING count(*) FILTER (t.outcome_key IS NULL AND (t.ended_ns IS NOT NULL OR t.last_ns < $quiet_before))
       > count(*) FILTER (t.outcome_key IS NOT NULL)
ORDER BY t.saga LIMIT 256
