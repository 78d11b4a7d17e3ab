-- How many transactions are in `wanted`, how many records they have, and from when to when these go.
SELECT count(*), coalesce(sum(records), 0)::BIGINT, min(first_ns), max(last_ns) FROM txn SEMI JOIN wanted USING (txn)
