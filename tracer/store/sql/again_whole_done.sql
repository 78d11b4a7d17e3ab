DELETE FROM requeue WHERE whole AND txn IN (FROM refold)
