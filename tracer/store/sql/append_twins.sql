-- The rows of `incoming` that repeat an earlier one.
SELECT row FROM incoming
QUALIFY row_number() OVER (PARTITION BY at_ns, trace_id, span_id, {{uid}} ORDER BY row) > 1
