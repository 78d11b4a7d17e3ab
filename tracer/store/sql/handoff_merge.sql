-- The merge of the hand-off lattice, over rows in `handoff_rows`.
SELECT txn, span_id, min(sent_ns) AS sent_ns, min(received_ns) AS received_ns, bool_or(is_fresh) AS is_fresh,
       NOT bool_and(is_fresh) AS is_known
FROM handoff_rows
GROUP BY txn, span_id
