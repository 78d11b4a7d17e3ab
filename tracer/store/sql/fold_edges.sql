-- What the batch's records without an id ask for.
INSERT INTO edge
SELECT seq, trace_id, 1, try_cast(trace AS UUID), 0
FROM (SELECT DISTINCT seq, trace_id, unnest(json_extract_string(links, '$[*].trace_id')) AS trace
      FROM batch WHERE transaction_id IS NULL AND json_valid(links))
WHERE try_cast(trace AS UUID) IS NOT NULL
UNION ALL
SELECT seq, trace_id, 2, '00000000-0000-0000-0000-000000000000'::UUID, md5_number_lower(causation_id)
FROM batch WHERE transaction_id IS NULL AND causation_id IS NOT NULL
UNION ALL
SELECT seq, trace_id, 3, '00000000-0000-0000-0000-000000000000'::UUID, md5_number_lower({{alias_value}})
FROM (SELECT seq, trace_id, aliases, unnest(json_keys(aliases)) AS kind
      FROM batch WHERE transaction_id IS NULL AND json_valid(aliases))
WHERE {{alias_value}} <> ''
