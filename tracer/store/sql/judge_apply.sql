-- Put what was judged into `txn_state`: the end that follows, or the place that is overdue first. Where nothing more is
-- known than that it did not end, the default stays, as it does for a message that nobody took. A deadline that has passed
-- is not moved by what was learned since, only by what is declared, or is no longer, and by progress. The table is made anew: updating
-- most of its rows takes longer.
CREATE OR REPLACE TEMP TABLE txn_state AS
SELECT t.* REPLACE (
    CASE WHEN s.txn IS NULL THEN t.situation ELSE s.id END AS situation,
    CASE WHEN s.txn IS NULL THEN t.status ELSE coalesce(s.ends, t.status) END AS status,
    CASE WHEN s.txn IS NULL THEN t.ended_ns WHEN s.ends IS NOT NULL THEN coalesce(s.closed_ns, t.last_ns) END AS ended_ns,
    CASE WHEN s.txn IS NULL THEN t.step ELSE s.step END AS step,
    CASE WHEN s.txn IS NULL THEN t.owner ELSE s.owner END AS owner,
    CASE WHEN s.txn IS NULL THEN t.state ELSE s.state END AS state,
    CASE WHEN s.txn IS NULL THEN t.since_ns ELSE s.since_ns END AS since_ns,
    CASE WHEN s.txn IS NULL THEN t.basis WHEN s.step IS NOT NULL THEN CASE WHEN s.exact THEN 'exact' ELSE 'inferred' END END AS basis,
    CASE WHEN s.txn IS NULL THEN t.stall
         WHEN s.deadline_ns IS NOT NULL THEN CASE WHEN s.is_whole THEN 'never-ended' ELSE s.kind END END AS stall,
    CASE WHEN s.txn IS NULL OR s.kind = 'handoff-lost' THEN t.lost_span END AS lost_span,
    CASE WHEN s.txn IS NULL THEN t.limit_ns WHEN s.is_whole THEN s.whole_ns ELSE s.limit_ns END AS limit_ns,
    CASE WHEN s.txn IS NULL THEN t.limit_basis WHEN s.is_whole THEN 'declared' ELSE s.limit_basis END AS limit_basis,
    CASE WHEN s.txn IS NULL THEN t.deadline_ns ELSE s.deadline_ns END AS deadline_ns
)
FROM txn_state AS t LEFT JOIN (
    SELECT j.txn, j.id, j.ends, j.whole_ns, j.closed_ns, j.exact, j.step, j.owner, j.state, j.kind, j.since_ns,
           coalesce(j.whole_due_ns < coalesce(j.due_ns, 9223372036854775807), false) AS is_whole,
           coalesce(o.deadline_ns < $now AND o.step = j.step AND o.since_ns = j.since_ns AND 'declared' NOT IN (j.limit_basis, o.limit_basis), false)
               AS is_kept,
           CASE WHEN is_kept THEN o.limit_ns ELSE j.limit_ns END AS limit_ns, j.limit_basis,
           least(j.whole_due_ns, CASE WHEN is_kept THEN o.deadline_ns ELSE j.due_ns END) AS deadline_ns
    FROM {{judge_at}} AS j
    LEFT JOIN txn AS o ON o.txn = j.txn
) AS s ON s.txn = t.txn
