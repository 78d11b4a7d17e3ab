-- The merge of the step lattice, over rows in `step_rows`: commutative, associative and, but for the
-- count of executions (each record is folded once), idempotent.
SELECT
    txn, step, compensates, attempt,
    max(owner_key) AS owner_key,
    min(first_ns) AS first_ns,
    max(last_ns) AS last_ns,
    min(commanded_ns) AS commanded_ns,
    min(started_ns) AS started_ns,
    max(restarted_ns) AS restarted_ns,
    max(waiting_ns) AS waiting_ns,
    max(retried_ns) AS retried_ns,
    max(done_ns) AS done_ns,
    max(failed_ns) AS failed_ns,
    sum(executions)::BIGINT AS executions,
    bool_or(exact) AS exact,
    bool_or(explicit) AS explicit,
    max(error_key) AS error_key,
    bool_or(is_fresh) AS is_fresh,
    NOT bool_and(is_fresh) AS is_known
FROM step_rows
GROUP BY txn, step, compensates, attempt
