-- Put what is new in `handoff_now` into `handoff`.
MERGE INTO handoff AS h USING (SELECT * FROM handoff_now WHERE is_fresh) AS n
ON h.txn = n.txn AND h.span_id = n.span_id
WHEN MATCHED THEN UPDATE SET sent_ns = n.sent_ns, received_ns = n.received_ns
WHEN NOT MATCHED THEN INSERT VALUES (n.txn, n.span_id, n.sent_ns, n.received_ns)
