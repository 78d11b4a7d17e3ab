-- How long the open transactions of a saga have stood where they stand, but for those that count as silent.
SELECT step, state, floor(4 * log2(greatest($now - since_ns, 1)))::INTEGER AS bucket, count(*)::DOUBLE
FROM txn
WHERE coalesce(saga, '') = $saga AND ended_ns IS NULL AND step IS NOT NULL AND since_ns < $now AND state IN ('running', 'retrying', 'pending')
  AND last_ns >= $quiet_before
GROUP BY ALL
