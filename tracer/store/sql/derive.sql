-- The rows of `txn` that follow from `txn_now`, `state_now` and `handoff_now`. Of several open steps a compensation
-- comes first and one that waits last; a compensation that began after the end, and is not done, reopens it.
CREATE OR REPLACE TEMP TABLE txn_state AS
SELECT *, NULL::BIGINT AS situation, CASE WHEN stall IS NOT NULL THEN $default_ns::BIGINT END AS limit_ns,
       CASE WHEN stall IS NOT NULL THEN 'default' END AS limit_basis, {{due}} AS deadline_ns
FROM (
SELECT
    txn, first_ns, last_ns, records, last_seq, saga,
    coalesce(style, CASE WHEN has_sent THEN 'choreography' END) AS style,
    outcome_key, error_key, is_known,
    CASE WHEN outcome IN ('completed', 'failed', 'compensated') THEN outcome
         WHEN outcome = 'cancelled' THEN 'compensated'
         WHEN undone > 0 THEN 'compensating' ELSE 'running' END AS status,
    CASE WHEN outcome IS NOT NULL THEN outcome_key[:19]::BIGINT END AS ended_ns,
    CASE WHEN outcome IS NULL THEN stand.step END AS step,
    CASE WHEN outcome IS NULL THEN stand.owner END AS owner,
    CASE WHEN outcome IS NULL THEN stand.state END AS state,
    CASE WHEN outcome IS NOT NULL THEN NULL
         WHEN has_open THEN stand.since_ns
         WHEN is_lost THEN lost.sent_ns
         ELSE coalesce(stand.closed_ns, last_ns) END AS since_ns,
    CASE WHEN outcome IS NOT NULL OR stand.step IS NULL THEN NULL
         WHEN has_open AND stand.exact THEN 'exact' ELSE 'inferred' END AS basis,
    CASE WHEN outcome IS NOT NULL OR stand.state = 'waiting' THEN NULL
         WHEN stand.state IN ('compensating', 'compensation_failed') THEN 'compensation-stuck'
         WHEN stand.state = 'retrying' AND stand.attempts >= 3 THEN 'retry-loop'
         WHEN has_open THEN 'step-overdue'
         WHEN is_lost THEN 'handoff-lost'
         ELSE 'never-ended' END AS stall,
    CASE WHEN outcome IS NULL AND is_lost THEN lost.span_id END AS lost_span
FROM (
    SELECT t.*, s.undone,
           CASE WHEN s.undoing_ns > t.outcome_key[:19]::BIGINT THEN NULL ELSE t.outcome_key[20:] END AS outcome, s.open IS NOT NULL AS has_open, h.lost, h.txn IS NOT NULL AS has_sent,
           {'since_ns': coalesce(s.open.since_ns, s.last.since_ns), 'closed_ns': coalesce(s.open.closed_ns, s.last.closed_ns),
            'step': coalesce(s.open.step, s.last.step), 'owner': CASE WHEN s.open IS NULL THEN s.last.owner ELSE s.open.owner END,
            'state': coalesce(s.open.state, s.last.state), 'exact': coalesce(s.open.exact, s.last.exact),
            'attempts': coalesce(s.open.attempts, s.last.attempts)} AS stand,
           s.open IS NULL AND h.lost IS NOT NULL AND h.lost.sent_ns >= coalesce(s.last.since_ns, h.lost.sent_ns) AS is_lost
    FROM txn_now AS t
    LEFT JOIN (
        SELECT txn,
               min({'is_waiting': state = 'waiting', 'is_forward': compensates = '', 'since_ns': since_ns, 'step': step, 'compensates': compensates, 'closed_ns': closed_ns, 'owner': owner,
                    'state': state, 'exact': exact, 'attempts': attempts}) FILTER (is_open) AS open,
               max({'closed_ns': closed_ns, 'step': step, 'compensates': compensates, 'since_ns': since_ns, 'owner': owner,
                    'state': state, 'exact': exact, 'attempts': attempts}) FILTER (closed_ns IS NOT NULL) AS last,
               max(since_ns) FILTER (compensates <> '' AND (is_open OR state = 'compensation_failed')) AS undoing_ns,
               count(*) FILTER (compensates <> '') AS undone
        FROM state_now GROUP BY txn
    ) AS s ON s.txn = t.txn
    LEFT JOIN (
        SELECT txn, max({'sent_ns': sent_ns, 'span_id': span_id}) FILTER (received_ns IS NULL) AS lost
        FROM handoff_now WHERE sent_ns IS NOT NULL GROUP BY txn
    ) AS h ON h.txn = t.txn
)
)
