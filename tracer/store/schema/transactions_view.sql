-- The contract's table `transactions`: the status word stuck depends on the time and is told by `ls`.
CREATE VIEW transactions AS
SELECT transaction_id, saga, style, status, step, owner, state, basis,
       make_timestamp_ns(since_ns) AS since, stall,
       make_timestamp_ns(first_ns) AS started_at,
       make_timestamp_ns(last_ns) AS last_activity_at,
       make_timestamp_ns(ended_ns) AS ended_at,
       records, substr(error_key, 20) AS error
FROM txn;
