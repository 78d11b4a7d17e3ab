-- What the producers' and consumers' spans of `fresh` say of messages, as rows of the hand-off lattice.
SELECT txn, CASE WHEN is_sent THEN span_id ELSE parent_span_id END AS span_id,
       CASE WHEN is_sent THEN at_ns END AS sent_ns, CASE WHEN NOT is_sent THEN at_ns END AS received_ns, true AS is_fresh
FROM (SELECT * REPLACE (least(at_ns, {{latest_known}}) AS at_ns), span_kind = 'producer' AS is_sent FROM fresh WHERE span_kind IN ('producer', 'consumer'))
WHERE CASE WHEN is_sent THEN span_id ELSE parent_span_id END <> 0
UNION ALL
SELECT txn, linked, NULL, at_ns, true
FROM (
    SELECT txn, least(at_ns, {{latest_known}}) AS at_ns, try_cast('0x' || lpad(unnest(json_extract_string(links, '$[*].span_id')), 16, '0') AS UBIGINT) AS linked
    FROM fresh WHERE span_kind = 'consumer' AND json_valid(links)
)
WHERE linked IS NOT NULL
