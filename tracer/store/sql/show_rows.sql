SELECT v.uid, v.transaction_id, v.saga, v.step, v.step_by, v.owner, v.phase, v.kind, v.span_kind, v.name, v.at_ns, v.until_ns,
       v.received_ns, v.attempt, v.message_id, v.causation_id, v.trace_id, v.span_id, v.parent_span_id, v.links, v.status,
       v.error, v.schema_ref, v.compensates, v.outcome, v.style, v.source, v.position, v.aliases, v.attributes, v.resource, s.rule
FROM records AS v JOIN (SELECT seq, rule FROM shown) AS s ON v.seq = s.seq
ORDER BY v.at_ns, coalesce(v.until_ns, v.at_ns) DESC, v.seq LIMIT $limit OFFSET $offset
