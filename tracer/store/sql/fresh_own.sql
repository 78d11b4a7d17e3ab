-- The batch's records that carry an id, straight from `record`: nothing is copied.
SELECT n.own AS txn, r.seq, r.saga, r.step, r.step_by, r.owner, r.phase, r.kind, r.span_kind, r.at_ns, r.until_ns, r.received_ns,
       r.attempt, r.span_id, r.parent_span_id, r.links, r.error, r.compensates, r.outcome, r.style
FROM record AS r JOIN fresh_name AS n ON r.transaction_id = n.transaction_id
WHERE r.seq > $lo AND r.seq <= $hi
