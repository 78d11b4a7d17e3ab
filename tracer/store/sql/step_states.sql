-- The state of each step of `totals`. A retry that was announced within an attempt is due when that attempt has
-- failed.
SELECT
    *,
    CASE WHEN word IS NULL OR compensates = '' THEN word
         WHEN word = 'completed' THEN 'compensated'
         WHEN word = 'failed' THEN 'compensation_failed' ELSE 'compensating' END AS state,
    word IN ('pending', 'running', 'waiting', 'retrying') AS is_open,
    CASE WHEN done_ns IS NOT NULL AND restarted_ns > done_ns THEN restarted_ns
         ELSE coalesce(started_ns, commanded_ns, first_ns) END AS since_ns
FROM (
    SELECT
        *,
        greatest(restarted_ns, waiting_ns, retried_ns, asked_ns) AS opened_ns,
        greatest(done_ns, failed_ns) AS closed_ns,
        CASE WHEN opened_ns IS NULL AND closed_ns IS NULL THEN NULL
             WHEN closed_ns IS NULL OR opened_ns > closed_ns THEN
                 CASE WHEN waiting_ns = opened_ns THEN 'waiting'
                      WHEN restarted_ns IS NULL AND retried_ns IS NULL THEN 'pending'
                      WHEN failed_ns IS NOT NULL OR retried_ns IS NOT NULL OR attempts > 1 THEN 'retrying'
                      ELSE 'running' END
             WHEN retried_ns >= coalesce(restarted_ns, retried_ns) AND (done_ns IS NULL OR done_ns < retried_ns) THEN 'retrying'
             WHEN failed_ns IS NULL OR done_ns >= failed_ns THEN 'completed'
             ELSE 'failed' END AS word
    FROM totals
)
