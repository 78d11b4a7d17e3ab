-- The rows of `to_sum` added up over their attempts.
SELECT txn, step, compensates, max(owner_key)[2:] AS owner, min(first_ns) AS first_ns, max(last_ns) AS last_ns,
       min(commanded_ns) AS commanded_ns, min(started_ns) AS started_ns, max(restarted_ns) AS restarted_ns,
       max(waiting_ns) AS waiting_ns, max(retried_ns) AS retried_ns, max(done_ns) AS done_ns, max(failed_ns) AS failed_ns, max({{asked}}) AS asked_ns,
       greatest(max(attempt), sum(executions))::INTEGER AS attempts, bool_or(exact) AS exact, bool_or(explicit) AS explicit,
       max(error_key)[20:] AS error
FROM to_sum GROUP BY txn, step, compensates
