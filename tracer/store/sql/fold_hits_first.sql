-- The traces and the records without a trace whose placing may change: those of the batch, and those
-- that ask for what the batch tied to a transaction, or for what has moved to another one; and where a trace
-- serves several transactions, a new span with an id may be the nearest ancestor of earlier records.
CREATE OR REPLACE TEMP TABLE hit AS
WITH wanted AS (
    SELECT trace_id, seq FROM edge SEMI JOIN trace_new ON edge.kind = 1 AND edge.trace = trace_new.trace_id
    UNION ALL
    SELECT trace_id, seq FROM edge SEMI JOIN message_new ON edge.kind = 2 AND edge.key = message_new.key
    UNION ALL
    SELECT trace_id, seq FROM edge SEMI JOIN alias_new ON edge.kind = 3 AND edge.key = alias_new.key
    UNION ALL
    SELECT trace_id, seq FROM batch WHERE transaction_id IS NULL
    UNION ALL
    SELECT trace_id, 0 FROM trace_new
    UNION ALL
    SELECT t.trace_id, 0 FROM trace_txn AS t SEMI JOIN (SELECT DISTINCT trace_id FROM batch_own WHERE kind = 'span') AS b ON t.trace_id = b.trace_id
    GROUP BY t.trace_id HAVING count(*) > 1
    UNION ALL
    SELECT t.trace_id, 0 FROM trace_txn AS t SEMI JOIN moved ON t.own = moved.own
    UNION ALL
    SELECT edge.trace_id, edge.seq FROM edge JOIN trace_txn AS t ON edge.kind = 1 AND edge.trace = t.trace_id SEMI JOIN moved ON t.own = moved.own
    UNION ALL
    SELECT edge.trace_id, edge.seq FROM edge JOIN message_txn AS m ON edge.kind = 2 AND edge.key = m.key SEMI JOIN moved ON m.own = moved.own
    UNION ALL
    SELECT edge.trace_id, edge.seq FROM edge JOIN alias_txn AS a ON edge.kind = 3 AND edge.key = a.key SEMI JOIN moved ON a.own = moved.own
)
SELECT DISTINCT trace_id, CASE WHEN trace_id = '00000000-0000-0000-0000-000000000000'::UUID THEN seq ELSE 0 END AS seq
FROM wanted
