-- How long the open transactions of a saga have stood where they stand, but for those that count as silent. A step that
-- was told to begin counts as begun, as it does in learn_marks.sql.
SELECT step, state <> 'pending' OR stall = 'step-overdue' AS has_begun,
       floor(4 * log2(greatest($now - greatest(since_ns, 0), 1)))::INTEGER AS bucket, count(*)::DOUBLE
FROM txn
WHERE coalesce(saga, '') = $saga AND ended_ns IS NULL AND step IS NOT NULL AND since_ns < $now AND state IN ('running', 'retrying', 'pending')
  AND last_ns >= $quiet_before
GROUP BY ALL
