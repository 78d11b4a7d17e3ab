-- The rows of `incoming` that the store has already. The equality on at_ns gives the scan of `record` its
-- range, so that zone maps skip all but the batch's own time.
SELECT DISTINCT i.row
FROM record AS r JOIN (
    SELECT row, at_ns, trace_id, span_id, {{uid}} AS uid
    FROM incoming
) AS i
ON r.at_ns = i.at_ns AND r.span_id = i.span_id AND r.trace_id = i.trace_id AND r.uid = i.uid
