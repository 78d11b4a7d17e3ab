-- The records without an id whose placing is decided anew.
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT r.seq, r.trace_id, r.span_id, r.parent_span_id, r.kind
FROM record AS r SEMI JOIN (
    SELECT trace_id FROM hit WHERE trace_id <> '00000000-0000-0000-0000-000000000000'::UUID
) AS h ON r.trace_id = h.trace_id
WHERE r.transaction_id IS NULL AND r.seq > $floor AND r.seq <= $hi
UNION ALL
SELECT r.seq, r.trace_id, r.span_id, r.parent_span_id, r.kind
FROM record AS r SEMI JOIN (SELECT seq FROM hit WHERE seq > 0) AS h ON r.seq = h.seq
WHERE r.transaction_id IS NULL AND r.seq > $floor AND r.seq <= $hi
