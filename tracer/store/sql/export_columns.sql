-- (not a statement: the columns of a record as a file has them, as schema/records_view.sql shows them, JSON as its text)
SELECT r.seq,
       CASE WHEN r.uid = '00000000-0000-0000-0000-000000000000'::UUID
            THEN replace(r.trace_id::VARCHAR, '-', '') || '-' || lpad(lower(to_hex(r.span_id)), 16, '0')
            ELSE r.uid::VARCHAR END AS uid,
       r.transaction_id, r.saga, r.step, r.owner, r.phase, r.kind, r.name, r.at_ns, r.until_ns, r.received_ns,
       r.attempt, r.message_id, r.causation_id,
       nullif(replace(r.trace_id::VARCHAR, '-', ''), '00000000000000000000000000000000') AS trace_id,
       nullif(lpad(lower(to_hex(r.span_id)), 16, '0'), '0000000000000000') AS span_id,
       nullif(lpad(lower(to_hex(r.parent_span_id)), 16, '0'), '0000000000000000') AS parent_span_id,
       r.links, r.status, r.error, r.schema_ref, r.source, r.position, r.aliases, r.attributes, r.resource,
       r.step_by, r.span_kind, r.compensates, r.outcome, r.style
FROM record AS r WHERE r.seq > $after AND r.seq <= $upto AND r.at_ns >= $since AND r.at_ns <= $until
