-- The transactions as they stood at $now: those whose last record lies before it are as they are, those that span it were
-- folded into `spanned`, and those that began after it were not there yet.
SELECT txn, transaction_id, first_ns, last_ns, saga, style, outcome_key, error_key, status, ended_ns, step, owner, state,
       since_ns, basis, stall, deadline_ns
FROM txn WHERE last_ns <= $now
UNION ALL
SELECT txn, transaction_id, first_ns, last_ns, saga, style, outcome_key, error_key, status, ended_ns, step, owner, state,
       since_ns, basis, stall, deadline_ns
FROM spanned
