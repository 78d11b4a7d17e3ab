SELECT txn, min(first_ns) AS first_ns, max(last_ns) AS last_ns, sum(records)::BIGINT AS records, max(last_seq) AS last_seq,
       max(saga) AS saga, max(style) AS style, max(outcome_key) AS outcome_key, max(error_key) AS error_key,
       bool_or(is_known) AS is_known
FROM (
    SELECT *, false AS is_known FROM {{txn_atoms}}
    UNION ALL BY NAME
    SELECT t.txn, t.first_ns, t.last_ns, t.records, t.last_seq, t.saga, t.style, t.outcome_key, t.error_key, true AS is_known
    FROM txn AS t SEMI JOIN touched USING (txn)
)
GROUP BY txn
