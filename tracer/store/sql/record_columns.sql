-- (not a statement: the columns of a record that the fold reads)
SELECT seq, transaction_id, saga, step, step_by, owner, phase, kind, span_kind, at_ns, until_ns, received_ns, attempt, message_id,
       causation_id, trace_id, span_id, parent_span_id, links, error, compensates, outcome, style, source, aliases
FROM record
