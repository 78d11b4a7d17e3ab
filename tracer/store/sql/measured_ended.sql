-- The numbers of the transactions that are over, of those that a record after $after is of.
SELECT txn FROM txn WHERE ended_ns IS NOT NULL AND last_seq > $after
