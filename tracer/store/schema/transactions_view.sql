-- The contract's table `transactions`, with the status as of now: stuck where the deadline of an open one has passed.
-- A time beyond all dates (a sender's mistake) is null.
CREATE VIEW transactions AS
SELECT transaction_id, saga, style, CASE WHEN is_stuck THEN 'stuck' ELSE status END AS status, step, owner, state, basis,
       TRY(make_timestamp_ns(since_ns)) AS since, CASE WHEN is_stuck THEN stall END AS stall, TRY(make_timestamp_ns(deadline_ns)) AS deadline,
       limit_ns / 1e9 AS threshold_s, limit_basis AS threshold_source,
       TRY(make_timestamp_ns(first_ns)) AS started_at,
       TRY(make_timestamp_ns(last_ns)) AS last_activity_at,
       TRY(make_timestamp_ns(ended_ns)) AS ended_at,
       records, substr(error_key, 20) AS error, CASE WHEN ended_ns IS NOT NULL THEN outcome_key[20:] END AS outcome
FROM (
    SELECT *, ended_ns IS NULL AND coalesce(deadline_ns < epoch_ns(now()), false) AS is_stuck FROM txn
);
