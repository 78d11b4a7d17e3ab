-- Put what is new of known steps into `step`.
UPDATE step SET
    owner_key = n.owner_key, first_ns = n.first_ns, last_ns = n.last_ns, commanded_ns = n.commanded_ns,
    started_ns = n.started_ns, restarted_ns = n.restarted_ns, waiting_ns = n.waiting_ns, retried_ns = n.retried_ns,
    done_ns = n.done_ns, failed_ns = n.failed_ns, executions = n.executions, exact = n.exact,
    explicit = n.explicit, error_key = n.error_key
FROM (SELECT * FROM step_now WHERE is_fresh AND is_known) AS n
WHERE step.txn = n.txn AND step.step = n.step AND step.compensates = n.compensates AND step.attempt = n.attempt
