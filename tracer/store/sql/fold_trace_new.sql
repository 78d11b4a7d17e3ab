-- Traces that are tied to a transaction for the first time.
CREATE OR REPLACE TEMP TABLE trace_new AS
SELECT b.trace_id, b.own, b.at_ns
FROM (
    SELECT r.trace_id, n.own, min(r.at_ns) AS at_ns
    FROM record AS r JOIN fresh_name AS n ON r.transaction_id = n.transaction_id
    WHERE r.seq > $lo AND r.seq <= $hi AND r.trace_id <> '00000000-0000-0000-0000-000000000000'::UUID
    GROUP BY r.trace_id, n.own
) AS b
ANTI JOIN (
    SELECT t.trace_id, t.own FROM trace_txn AS t JOIN fresh_name AS n ON t.own = n.own AND NOT n.is_new
) AS k ON b.trace_id = k.trace_id AND b.own = k.own
