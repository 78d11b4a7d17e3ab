-- Put what is new of known hand-offs into `handoff`.
UPDATE handoff SET sent_ns = n.sent_ns, received_ns = n.received_ns
FROM (SELECT * FROM handoff_now WHERE is_fresh AND is_known) AS n
WHERE handoff.txn = n.txn AND handoff.span_id = n.span_id
