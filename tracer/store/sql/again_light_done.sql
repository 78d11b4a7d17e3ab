DELETE FROM requeue WHERE NOT whole AND txn IN (FROM touched)
