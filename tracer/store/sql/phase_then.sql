-- (not a statement: the phase of a record at an instant at which, as `runs` says, its span had not ended)
CASE WHEN runs AND phase IN ('completed', 'failed', 'timed_out') THEN 'started'
     WHEN runs AND phase IN ('compensated', 'compensation_failed') THEN 'compensating'
     WHEN runs AND phase IN ('txn_completed', 'txn_failed') THEN 'txn_started'
     ELSE phase END
