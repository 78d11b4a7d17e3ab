INSERT INTO refold SELECT DISTINCT unnest([own, old_txn, new_txn]) FROM moved
