-- One page of the list. Only the numbers of its rows are found by sorting; the rows are fetched for those.
WITH chosen AS MATERIALIZED (
    SELECT txn FROM {{list_rows}}
    WHERE $statuses IS NULL OR list_contains($statuses, status_now)
    ORDER BY /*order*/ LIMIT $limit OFFSET $offset
)
SELECT transaction_id, saga, style, status_now, step, owner, state, basis, CASE WHEN status_now = 'stuck' THEN stall END,
       first_ns, last_ns, ended_ns, since_ns, substr(error_key, 20),
       CASE WHEN ended_ns IS NOT NULL THEN outcome_key[20:] END
FROM (
    SELECT *, {{status_now}} AS status_now
    FROM txn SEMI JOIN chosen USING (txn)
)
ORDER BY /*order*/
