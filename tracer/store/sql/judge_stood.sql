-- (not a statement: of the places where each transaction stands the one that is overdue first)
WITH stood AS (
    SELECT m.txn, i.id, i.ends, i.limit_ns AS whole_ns, o.no,
           max(CASE WHEN o.begun THEN s.since_ns ELSE s.closed_ns END) AS since_ns
    FROM mark_now AS m
    JOIN situation AS i ON i.saga = m.saga AND i.marks = m.marks
    LEFT JOIN place_of AS o ON o.situation = i.id
    LEFT JOIN state_now AS s ON s.txn = m.txn AND s.step = o.step AND s.compensates = o.compensates
    GROUP BY m.txn, i.id, i.ends, i.limit_ns, o.no
)
SELECT txn, id, any_value(ends) AS ends, any_value(whole_ns) AS whole_ns,
       min({'due_ns': coalesce({{due}}, 9223372036854775807), 'no': no, 'since_ns': since_ns, 'limit_ns': limit_ns,
            'limit_basis': limit_basis, 'step': step, 'compensates': compensates, 'owner': owner, 'state': state, 'kind': kind})
           FILTER (no IS NOT NULL) AS at
FROM (
    SELECT b.txn, b.id, b.ends, b.whole_ns, b.no, coalesce(b.since_ns, t.last_ns) AS since_ns, p.* EXCLUDE (situation, no)
    FROM stood AS b JOIN txn_state AS t USING (txn)
    LEFT JOIN place AS p ON p.situation = b.id AND p.no = b.no
)
GROUP BY txn, id
