-- What the producers' and consumers' spans of `fresh` say of messages, as rows of the hand-off lattice.
SELECT txn, span_id, at_ns AS sent_ns, owner AS sent_owner, destination, NULL::BIGINT AS received_ns, true AS is_fresh
FROM fresh WHERE span_kind = 'producer' AND span_id <> 0
UNION ALL
SELECT txn, parent_span_id, NULL, NULL, NULL, at_ns, true
FROM fresh WHERE span_kind = 'consumer' AND parent_span_id <> 0
UNION ALL
SELECT txn, ('0x' || lpad(link, 16, '0'))::UBIGINT, NULL, NULL, NULL, at_ns, true
FROM (
    SELECT txn, at_ns, unnest(json_extract_string(links, '$[*].span_id')) AS link
    FROM fresh WHERE span_kind = 'consumer' AND links IS NOT NULL
)
