SELECT coalesce(min(txn), 0) FROM txn
