-- (not a statement: the columns of a record as a file has them, as schema/records_view.sql shows them, JSON as its text)
SELECT r.seq,
       {{shown_uid}} AS uid,
       r.transaction_id, r.saga, r.step, r.owner, r.phase, r.kind, r.name, r.at_ns, r.until_ns, r.received_ns,
       r.attempt, r.message_id, r.causation_id,
       {{shown_trace_id}} AS trace_id,
       {{shown_span_id}} AS span_id,
       {{shown_parent_span_id}} AS parent_span_id,
       r.links, r.status, r.error, r.schema_ref, r.source, r.position, r.aliases, r.attributes, r.resource,
       r.step_by, r.span_kind, r.compensates, r.outcome, r.style
FROM record AS r WHERE r.seq > $after AND r.seq <= $upto AND r.at_ns >= $since AND r.at_ns <= $until
