-- The ids whose records belong to the transactions in `wanted`.
SELECT w.txn, n.own, n.transaction_id FROM name AS n JOIN wanted AS w ON n.own = w.txn
WHERE n.own NOT IN (SELECT own FROM redirect)
UNION ALL
SELECT r.txn, n.own, n.transaction_id FROM name AS n JOIN redirect AS r ON r.own = n.own JOIN wanted AS w ON r.txn = w.txn
