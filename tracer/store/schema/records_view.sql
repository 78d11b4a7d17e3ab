-- The contract's table `records`.
CREATE VIEW records AS
SELECT
    CASE WHEN r.uid = '00000000-0000-0000-0000-000000000000'::UUID
         THEN replace(r.trace_id::VARCHAR, '-', '') || '-' || lpad(lower(to_hex(r.span_id)), 16, '0')
         ELSE r.uid::VARCHAR END AS uid,
    r.transaction_id, r.saga, r.step, r.owner, r.phase, r.kind, r.name, r.at_ns, r.until_ns, r.received_ns,
    r.attempt, r.message_id, r.causation_id,
    nullif(replace(r.trace_id::VARCHAR, '-', ''), '00000000000000000000000000000000') AS trace_id,
    nullif(lpad(lower(to_hex(r.span_id)), 16, '0'), '0000000000000000') AS span_id,
    nullif(lpad(lower(to_hex(r.parent_span_id)), 16, '0'), '0000000000000000') AS parent_span_id,
    r.links::JSON AS links, r.status, r.error, r.schema_ref, r.source, r.position,
    r.aliases::JSON AS aliases, r.attributes::JSON AS attributes, r.resource::JSON AS resource,
    r.step_by, r.span_kind, r.compensates, r.outcome, r.style, r.seq
FROM record AS r;
