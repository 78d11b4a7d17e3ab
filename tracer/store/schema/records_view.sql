-- The contract's table `records`.
CREATE VIEW records AS
SELECT
    {{shown_uid}} AS uid,
    r.transaction_id, r.saga, r.step, r.owner, r.phase, r.kind, r.name, r.at_ns, r.until_ns, r.received_ns,
    r.attempt, r.message_id, r.causation_id,
    {{shown_trace_id}} AS trace_id,
    {{shown_span_id}} AS span_id,
    {{shown_parent_span_id}} AS parent_span_id,
    r.links::JSON AS links, r.status, r.error, r.schema_ref, r.source, r.position,
    r.aliases::JSON AS aliases, r.attributes::JSON AS attributes, r.resource::JSON AS resource,
    r.step_by, r.span_kind, r.compensates, r.outcome, r.style, r.seq
FROM record AS r;
