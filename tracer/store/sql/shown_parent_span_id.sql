-- (not a statement: a span id in hex, null where there is none)
nullif(lpad(lower(to_hex(parent_span_id)), 16, '0'), '0000000000000000')
