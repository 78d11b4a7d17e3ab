-- Put `txn_state` into `txn`; a new transaction takes its id from `name`.
MERGE INTO txn AS t USING (
    SELECT s.*, n.transaction_id FROM txn_state AS s JOIN name AS n ON n.own = s.txn
) AS n
ON t.txn = n.txn
WHEN MATCHED THEN UPDATE SET
    first_ns = n.first_ns, last_ns = n.last_ns, records = n.records, last_seq = n.last_seq, saga = n.saga, style = n.style,
    outcome_key = n.outcome_key, error_key = n.error_key, status = n.status, ended_ns = n.ended_ns,
    step = n.step, owner = n.owner, state = n.state, since_ns = n.since_ns, basis = n.basis, stall = n.stall,
    lost_span = n.lost_span
WHEN NOT MATCHED THEN INSERT VALUES (
    n.txn, n.transaction_id, n.first_ns, n.last_ns, n.records, n.last_seq, n.saga, n.style, n.outcome_key, n.error_key, n.status,
    n.ended_ns, n.step, n.owner, n.state, n.since_ns, n.basis, n.stall, n.lost_span)
