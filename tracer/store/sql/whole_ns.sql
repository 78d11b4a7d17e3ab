-- (not a statement: how long a row of `txn` took until its end, or until $now)
greatest(coalesce(ended_ns, $now) - greatest(first_ns, 0), 0)
