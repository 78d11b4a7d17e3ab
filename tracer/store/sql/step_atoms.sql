-- Each record of `fresh` that speaks of a step, as a row of the step lattice.
SELECT
    txn,
    step,
    CASE WHEN compensates IS NOT NULL THEN compensates
         WHEN phase IN ('compensating', 'compensated', 'compensation_failed') THEN step ELSE '' END AS compensates,
    coalesce(attempt, 1) AS attempt,
    CASE WHEN owner IS NULL THEN NULL
         WHEN span_kind IN ('server', 'consumer') THEN '3' || owner
         WHEN span_kind IN ('client', 'producer') THEN '1' || owner ELSE '2' || owner END AS owner_key,
    at_ns AS first_ns,
    greatest(at_ns, until_ns) AS last_ns,
    CASE WHEN phase = 'command' THEN at_ns END AS commanded_ns,
    CASE WHEN begins THEN at_ns END AS started_ns,
    CASE WHEN begins THEN at_ns END AS restarted_ns,
    CASE WHEN phase = 'waiting' THEN at_ns END AS waiting_ns,
    CASE WHEN phase = 'retried' THEN at_ns END AS retried_ns,
    CASE WHEN phase IN ('completed', 'compensated') OR (phase = 'observed' AND kind = 'event' AND step_by = 'name')
         THEN coalesce(until_ns, at_ns) END AS done_ns,
    CASE WHEN phase IN ('failed', 'timed_out', 'compensation_failed') THEN coalesce(until_ns, at_ns) END AS failed_ns,
    (coalesce(span_kind, '') IN ('server', 'consumer') AND until_ns IS NOT NULL)::BIGINT AS executions,
    (phase IN ('started', 'progressed', 'compensating') AND until_ns IS NULL) AS exact,
    coalesce(step_by = 'attribute' AND phase <> 'retried', false) AS explicit,
    CASE WHEN error IS NOT NULL
         THEN lpad(greatest(at_ns, until_ns, 0)::VARCHAR, 19, '0') || left(error, 500) END AS error_key,
    true AS is_fresh
FROM (
    SELECT * REPLACE (least(at_ns, {{latest_known}}) AS at_ns, CASE WHEN until_ns IS NOT NULL THEN least(until_ns, {{latest_known}}) END AS until_ns),
           phase IN ('started', 'progressed', 'compensating')
           OR (kind = 'span' AND phase IN ('completed', 'failed', 'timed_out', 'compensated', 'compensation_failed')) AS begins
    FROM fresh
    WHERE step IS NOT NULL AND phase NOT IN ('txn_started', 'txn_completed', 'txn_failed')
)
