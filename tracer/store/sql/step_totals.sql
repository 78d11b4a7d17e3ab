-- The rows of `step_now` added up over their attempts; most steps have one attempt and nothing to add up.
WITH to_sum AS (
    FROM step_now SEMI JOIN (
        SELECT DISTINCT txn, step, compensates FROM step_now WHERE attempt <> 1
    ) AS several USING (txn, step, compensates)
)
SELECT txn, step, compensates, owner_key[2:] AS owner, first_ns, last_ns, commanded_ns, started_ns, restarted_ns,
       waiting_ns, retried_ns, done_ns, failed_ns, {{asked}} AS asked_ns, greatest(attempt, executions)::INTEGER AS attempts, exact, explicit,
       error_key[20:] AS error
FROM step_now
WHERE attempt = 1 AND (txn, step, compensates) NOT IN (SELECT (txn, step, compensates) FROM step_now WHERE attempt <> 1)
UNION ALL
FROM {{step_sums}}
