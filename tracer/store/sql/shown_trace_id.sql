-- (not a statement: a trace id in hex, null where there is none)
nullif(replace(trace_id::VARCHAR, '-', ''), '00000000000000000000000000000000')
