-- Put what is new of known transactions into `txn`.
UPDATE txn SET
    first_ns = n.first_ns, last_ns = n.last_ns, records = n.records, last_seq = n.last_seq, saga = n.saga,
    style = n.style, outcome_key = n.outcome_key, error_key = n.error_key, status = n.status, ended_ns = n.ended_ns,
    step = n.step, owner = n.owner, state = n.state, since_ns = n.since_ns, basis = n.basis, stall = n.stall,
    lost_span = n.lost_span, situation = n.situation, deadline_ns = n.deadline_ns, limit_ns = n.limit_ns,
    limit_basis = n.limit_basis
FROM (SELECT * FROM txn_state WHERE is_known) AS n
WHERE txn.txn = n.txn
