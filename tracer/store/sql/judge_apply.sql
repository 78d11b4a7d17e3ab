-- Put what was judged into `txn_state`: the end that follows, or the place that is overdue first. Where nothing more is
-- known than that it did not end, the default stays, as it does for a message that nobody took. A deadline that has passed
-- is not moved by what was learned since, only by what is declared, or is no longer, and by progress.
UPDATE txn_state SET
    situation = s.id,
    status = coalesce(s.ends, txn_state.status),
    ended_ns = CASE WHEN s.ends IS NOT NULL THEN coalesce(s.closed_ns, txn_state.last_ns) END,
    step = s.step,
    owner = s.owner,
    state = s.state,
    since_ns = s.since_ns,
    basis = CASE WHEN s.step IS NOT NULL THEN CASE WHEN s.exact THEN 'exact' ELSE 'inferred' END END,
    stall = CASE WHEN s.deadline_ns IS NOT NULL THEN CASE WHEN s.is_whole THEN 'never-ended' ELSE s.kind END END,
    lost_span = CASE WHEN s.kind = 'handoff-lost' THEN txn_state.lost_span END,
    limit_ns = CASE WHEN s.is_whole THEN s.whole_ns ELSE s.limit_ns END,
    limit_basis = CASE WHEN s.is_whole THEN 'declared' ELSE s.limit_basis END,
    deadline_ns = s.deadline_ns
FROM (
    SELECT j.txn, j.id, j.ends, j.whole_ns, j.closed_ns, j.exact, j.step, j.owner, j.state, j.kind, j.since_ns,
           coalesce(j.whole_due_ns < coalesce(j.due_ns, 9223372036854775807), false) AS is_whole,
           coalesce(o.deadline_ns < $now AND o.step = j.step AND o.since_ns = j.since_ns AND 'declared' NOT IN (j.limit_basis, o.limit_basis), false)
               AS is_kept,
           CASE WHEN is_kept THEN o.limit_ns ELSE j.limit_ns END AS limit_ns, j.limit_basis,
           least(j.whole_due_ns, CASE WHEN is_kept THEN o.deadline_ns ELSE j.due_ns END) AS deadline_ns
    FROM {{judge_at}} AS j
    LEFT JOIN txn AS o ON o.txn = j.txn
) AS s
WHERE txn_state.txn = s.txn
