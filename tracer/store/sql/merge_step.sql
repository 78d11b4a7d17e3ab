-- Put what is new in `step_now` into `step`.
MERGE INTO step AS s USING (SELECT * FROM step_now WHERE is_fresh) AS n
ON s.txn = n.txn AND s.step = n.step AND s.compensates = n.compensates AND s.attempt = n.attempt
WHEN MATCHED THEN UPDATE SET
    owner_key = n.owner_key, first_ns = n.first_ns, last_ns = n.last_ns, commanded_ns = n.commanded_ns,
    started_ns = n.started_ns, restarted_ns = n.restarted_ns, waiting_ns = n.waiting_ns, retried_ns = n.retried_ns,
    done_ns = n.done_ns, failed_ns = n.failed_ns, executions = n.executions, exact = n.exact,
    explicit = n.explicit, error_key = n.error_key
WHEN NOT MATCHED THEN INSERT VALUES (
    n.txn, n.step, n.compensates, n.attempt, n.owner_key, n.first_ns, n.last_ns, n.commanded_ns, n.started_ns,
    n.restarted_ns, n.waiting_ns, n.retried_ns, n.done_ns, n.failed_ns, n.executions, n.exact, n.explicit, n.error_key)
