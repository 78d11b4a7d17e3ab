-- The rows of `txn` that follow from `txn_now`, `step_now` and `handoff_now`.
CREATE OR REPLACE TEMP TABLE txn_state AS
WITH states AS MATERIALIZED {{step_states}},
opens AS (
    SELECT s.txn, min((s.step, s.compensates)) AS pick
    FROM states AS s JOIN (SELECT txn, min(since_ns) AS first_ns FROM states WHERE is_open GROUP BY txn) AS f
    ON s.txn = f.txn AND s.since_ns = f.first_ns
    WHERE s.is_open GROUP BY s.txn
),
lasts AS (
    SELECT s.txn, max((s.step, s.compensates)) AS pick
    FROM states AS s JOIN (SELECT txn, max(closed_ns) AS last_ns FROM states GROUP BY txn) AS f
    ON s.txn = f.txn AND s.closed_ns = f.last_ns
    GROUP BY s.txn
),
undone AS (
    SELECT txn, count(*) AS n FROM states WHERE compensates <> '' GROUP BY txn
),
sent AS (
    SELECT txn, max(CASE WHEN received_ns IS NULL THEN (sent_ns, span_id) END) AS lost
    FROM handoff_now WHERE sent_ns IS NOT NULL GROUP BY txn
),
picked AS (
    SELECT t.*, u.n AS undone, o.txn IS NOT NULL AS has_open, coalesce(o.pick, l.pick) AS pick,
           s.lost AS lost, s.txn IS NOT NULL AS has_sent
    FROM txn_now AS t
    LEFT JOIN opens AS o ON o.txn = t.txn
    LEFT JOIN lasts AS l ON l.txn = t.txn
    LEFT JOIN undone AS u ON u.txn = t.txn
    LEFT JOIN sent AS s ON s.txn = t.txn
)
SELECT
    p.txn, p.first_ns, p.last_ns, p.records, p.last_seq, p.saga,
    coalesce(p.style, CASE WHEN p.has_sent THEN 'choreography' END) AS style,
    p.outcome_key, p.error_key, p.is_known,
    CASE WHEN outcome IN ('completed', 'failed', 'compensated') THEN outcome
         WHEN outcome = 'cancelled' THEN CASE WHEN p.undone > 0 THEN 'compensated' ELSE 'failed' END
         WHEN p.undone > 0 THEN 'compensating' ELSE 'running' END AS status,
    CASE WHEN outcome IS NOT NULL THEN p.outcome_key[:19]::BIGINT END AS ended_ns,
    CASE WHEN outcome IS NULL THEN s.step END AS step,
    CASE WHEN outcome IS NULL THEN s.owner END AS owner,
    CASE WHEN outcome IS NULL THEN s.state END AS state,
    CASE WHEN outcome IS NOT NULL THEN NULL
         WHEN p.has_open THEN s.since_ns
         WHEN is_lost THEN p.lost[1]
         ELSE coalesce(s.closed_ns, p.last_ns) END AS since_ns,
    CASE WHEN outcome IS NOT NULL OR s.step IS NULL THEN NULL
         WHEN p.has_open AND s.exact THEN 'exact' ELSE 'inferred' END AS basis,
    CASE WHEN outcome IS NOT NULL OR s.state = 'waiting' THEN NULL
         WHEN s.state IN ('compensating', 'compensation_failed') THEN 'compensation-stuck'
         WHEN s.state = 'retrying' AND s.attempts >= 3 THEN 'retry-loop'
         WHEN p.has_open THEN 'step-overdue'
         WHEN is_lost THEN 'handoff-lost'
         ELSE 'never-ended' END AS stall,
    CASE WHEN outcome IS NULL AND is_lost THEN p.lost[2] END AS lost_span
FROM (
    SELECT *, outcome_key[20:] AS outcome FROM picked
) AS p
LEFT JOIN states AS s ON s.txn = p.txn AND s.step = p.pick[1] AND s.compensates = p.pick[2]
CROSS JOIN LATERAL (SELECT NOT p.has_open AND p.lost IS NOT NULL AND p.lost[1] >= coalesce(s.since_ns, p.lost[1]) AS is_lost)
