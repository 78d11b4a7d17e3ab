SELECT transaction_id, saga, style, status_now, step, owner, state, basis, CASE WHEN status_now = 'stuck' THEN stall END,
       first_ns, last_ns, ended_ns, since_ns, substr(error_key, 20)
FROM {{list_rows}}
WHERE $statuses IS NULL OR list_contains($statuses, status_now)
ORDER BY /*order*/ LIMIT $limit OFFSET $offset
