-- Where each judged transaction stands, or that it has ended.
SELECT txn, id, ends, whole_ns, closed_ns, CASE WHEN ends IS NULL AND whole_ns IS NOT NULL THEN least(first_ns, 9000000000000000000) + whole_ns END AS whole_due_ns,
       stands.step, stands.owner, stands.state, stands.kind, stands.since_ns, stands.limit_ns, stands.limit_basis,
       stands.due_ns, stands.exact
FROM (
    SELECT d.txn, d.id, d.ends, d.whole_ns, c.closed_ns, t.first_ns,
           CASE WHEN d.ends IS NOT NULL THEN NULL
                WHEN d.at IS NULL OR (d.at.kind = 'never-ended' AND d.at.owner IS NULL) THEN {{as_derived}}
                ELSE {{as_judged}} END AS stands
    FROM stand_now AS d JOIN txn_state AS t USING (txn)
    LEFT JOIN (SELECT txn, max(closed_ns) AS closed_ns FROM state_now GROUP BY txn) AS c ON c.txn = d.txn
    LEFT JOIN state_now AS own ON own.txn = d.txn AND own.step = d.at.step AND own.compensates = d.at.compensates
)
