-- (not a statement: the status of a row of `txn` as of $now)
CASE WHEN ended_ns IS NULL AND stall IS NOT NULL AND since_ns < $now - $threshold THEN 'stuck' ELSE status END
