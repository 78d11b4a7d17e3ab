-- The attempts at steps of `measured_txn` of which a beginning and an end are known, and how long they took.
CREATE OR REPLACE TEMP TABLE measured_step AS
SELECT *, {{measured_bucket}} AS bucket
FROM (
    SELECT m.txn, {{measured_saga}} AS named, s.step, greatest(s.done_ns, s.failed_ns) AS at_ns,
           greatest(greatest(s.done_ns, s.failed_ns)::HUGEINT - coalesce(s.started_ns, s.commanded_ns), 0)::DOUBLE / 1e9 AS took_s
    FROM step AS s JOIN measured_txn AS m ON m.txn = s.txn
    WHERE coalesce(s.started_ns, s.commanded_ns) IS NOT NULL AND greatest(s.done_ns, s.failed_ns) IS NOT NULL
)
