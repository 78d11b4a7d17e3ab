-- The sagas whose transactions mostly fall silent without a record that ends them, where that was not learned of late. Those
-- that name no saga are learned together.
SELECT coalesce(t.saga, '') AS named
FROM txn AS t LEFT JOIN learned AS l ON l.saga = coalesce(t.saga, '')
WHERE l.learned_ns IS NULL OR l.learned_ns < $before
GROUP BY named
HAVING count(*) FILTER (t.outcome_key IS NULL AND (t.ended_ns IS NOT NULL OR t.last_ns < $quiet_before))
       > count(*) FILTER (t.outcome_key IS NOT NULL)
ORDER BY named LIMIT 256
