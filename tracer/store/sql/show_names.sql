-- The transaction's own id, the bounds of its known records, and how far the fold has come.
SELECT t.transaction_id, t.first_ns, t.last_ns FROM txn AS t WHERE t.txn = $txn
