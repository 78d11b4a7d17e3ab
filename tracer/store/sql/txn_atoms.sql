-- What the records of `fresh` say of their transactions as such, as rows of the transaction lattice.
SELECT txn, min(at_ns) AS first_ns, max(greatest(at_ns, until_ns)) AS last_ns, count(*) AS records, max(seq) AS last_seq,
       max(saga) AS saga, max(style) AS style,
       max(CASE WHEN outcome IN ('completed', 'failed', 'compensated', 'cancelled')
                THEN lpad(least(greatest(at_ns, until_ns, 0), {{latest_known}})::VARCHAR, 19, '0') || outcome
                WHEN phase IN ('txn_completed', 'txn_failed')
                THEN lpad(least(greatest(at_ns, until_ns, 0), {{latest_known}})::VARCHAR, 19, '0') || phase[5:] END) AS outcome_key,
       max(CASE WHEN error IS NOT NULL
                THEN lpad(least(greatest(at_ns, until_ns, 0), {{latest_known}})::VARCHAR, 19, '0') || left(error, 500) END) AS error_key
FROM fresh
GROUP BY txn
