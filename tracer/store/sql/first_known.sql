SELECT min(first_ns) FROM txn
