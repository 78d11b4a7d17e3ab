SELECT at_ns, until_ns, kind, name, step, owner, phase, attempt, status, error, source,
       nullif(replace(trace_id::VARCHAR, '-', ''), '00000000000000000000000000000000') AS trace_id,
       nullif(lpad(lower(to_hex(span_id)), 16, '0'), '0000000000000000') AS span_id,
       nullif(lpad(lower(to_hex(parent_span_id)), 16, '0'), '0000000000000000') AS parent_span_id,
       span_kind, message_id, causation_id, position, rule, seq
FROM chosen
