-- The contract's table `steps`: one row for each attempt at a step. A time beyond all dates (a sender's
-- mistake) is null.
CREATE VIEW steps AS
SELECT t.transaction_id, t.saga, s.step, substr(s.owner_key, 2) AS owner, nullif(s.compensates, '') AS compensates, s.attempt,
       TRY(make_timestamp_ns(coalesce(s.started_ns, s.commanded_ns, s.first_ns))) AS started_at,
       TRY(make_timestamp_ns(greatest(s.done_ns, s.failed_ns))) AS ended_at,
       CASE WHEN greatest(s.done_ns, s.failed_ns) IS NULL THEN 'open'
            WHEN s.failed_ns IS NULL OR s.done_ns >= s.failed_ns THEN 'completed' ELSE 'failed' END AS result,
       substr(s.error_key, 20) AS error
FROM step AS s JOIN txn AS t USING (txn);
