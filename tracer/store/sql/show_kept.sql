-- Where the fold has judged that a transaction stands, and the deadline that it has set; no row where it has not judged it, or
-- not with all of the records at hand.
SELECT step, since_ns, deadline_ns, limit_basis FROM txn
WHERE transaction_id = $id AND records = $records AND situation IS NOT NULL AND ended_ns IS NULL
