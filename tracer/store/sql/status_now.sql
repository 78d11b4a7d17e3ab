-- (not a statement: the status of a row of `txn` as of $now)
CASE WHEN ended_ns IS NULL AND deadline_ns < $now THEN 'stuck' ELSE status END
