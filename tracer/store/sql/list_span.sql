-- How many records the transactions in `wanted` have, and from when to when they go.
SELECT coalesce(sum(records), 0)::BIGINT, min(first_ns), max(last_ns) FROM txn SEMI JOIN wanted USING (txn)
