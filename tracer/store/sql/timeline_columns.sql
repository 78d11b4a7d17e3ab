SELECT at_ns, until_ns, kind, name, step, owner, phase, attempt, status, error, source,
       {{shown_trace_id}} AS trace_id,
       {{shown_span_id}} AS span_id,
       {{shown_parent_span_id}} AS parent_span_id,
       span_kind, message_id, causation_id, received_ns, position, rule, seq
FROM chosen
