SELECT min(first_ns), max(last_ns) FROM txn SEMI JOIN wanted USING (txn)
