-- Compensations that failed since $since, in the last of their tries, by those columns that are asked for.
WITH recent AS (
    SELECT DISTINCT txn FROM step WHERE failed_ns >= $since AND compensates <> ''
), last AS (
    SELECT txn, step, max_by(owner_key, attempt) AS owner_key, max(failed_ns) AS failed_ns, max(done_ns) AS done_ns, max(error_key) AS error_key
    FROM step WHERE compensates <> '' AND txn IN (FROM recent) GROUP BY txn, step, compensates
)
SELECT CASE WHEN $by_saga THEN t.saga END AS saga, CASE WHEN $by_step THEN l.step END AS step,
       CASE WHEN $by_owner THEN l.owner_key[2:] END AS owner, count(DISTINCT l.txn) AS transactions, min(l.failed_ns),
       arg_max(l.error_key[20:], l.failed_ns),
       list_distinct(list_transform(min({'failed_ns': l.failed_ns, 'txn': l.txn, 'id': t.transaction_id}, $examples), lambda one: one.id))
FROM last AS l JOIN txn AS t USING (txn)
WHERE l.failed_ns >= $since AND (l.done_ns IS NULL OR l.done_ns < l.failed_ns)
  AND ($sagas IS NULL OR list_contains($sagas, t.saga)) AND ($steps IS NULL OR list_contains($steps, l.step))
  AND ($owners IS NULL OR list_contains($owners, l.owner_key[2:]))
GROUP BY 1, 2, 3 HAVING transactions >= $at_least ORDER BY transactions DESC LIMIT $limit
