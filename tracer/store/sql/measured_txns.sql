-- The transactions of `measured_number`, and how long they took.
CREATE OR REPLACE TEMP TABLE measured_txn AS
SELECT *, {{measured_bucket}} AS bucket
FROM (
    SELECT t.txn, t.saga, t.status AS outcome, t.ended_ns AS at_ns, greatest(t.ended_ns::HUGEINT - t.first_ns, 0)::DOUBLE / 1e9 AS took_s
    FROM txn AS t SEMI JOIN measured_number AS n ON n.txn = t.txn
)
