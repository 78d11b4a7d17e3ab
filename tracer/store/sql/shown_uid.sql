-- (not a statement: a record's identity as people see it; that of a span is its ids)
CASE WHEN uid = '00000000-0000-0000-0000-000000000000'::UUID
     THEN replace(trace_id::VARCHAR, '-', '') || '-' || lpad(lower(to_hex(span_id)), 16, '0')
     ELSE uid::VARCHAR END
