-- Where each candidate belongs, by the first rule that says so.
CREATE OR REPLACE TEMP TABLE resolved AS
WITH asks AS MATERIALIZED (SELECT e.* FROM edge AS e SEMI JOIN candidate AS c ON e.seq = c.seq),
by_alias AS (
    SELECT seq, min(own) AS own FROM (
        SELECT e.seq, min(a.own) AS own, min(coalesce(r.txn, a.own)) AS txn
        FROM asks AS e JOIN alias_txn AS a ON e.kind = 3 AND e.key = a.key LEFT JOIN redirect AS r ON r.own = a.own
        GROUP BY e.seq, e.key HAVING count(DISTINCT coalesce(r.txn, a.own)) = 1
    )
    GROUP BY seq HAVING count(DISTINCT txn) = 1
),
heirs AS (
    SELECT i.trace_id, count(DISTINCT coalesce(r.txn, i.own)) AS n, min(i.own) AS own
    FROM inherited AS i SEMI JOIN asked ON i.trace_id = asked.trace_id LEFT JOIN redirect AS r ON r.own = i.own
    GROUP BY i.trace_id
),
by_link AS (
    SELECT e.seq, min(coalesce(d.own, h.own)) AS own
    FROM asks AS e LEFT JOIN direct AS d ON d.trace_id = e.trace LEFT JOIN heirs AS h ON h.trace_id = e.trace
    LEFT JOIN redirect AS r ON r.own = coalesce(d.own, h.own)
    WHERE e.kind = 1 AND coalesce(d.n, h.n) IS NOT NULL
    GROUP BY e.seq HAVING count(DISTINCT coalesce(r.txn, d.own, h.own)) = 1 AND max(coalesce(d.n, h.n)) = 1
),
by_cause AS (
    SELECT e.seq, min(m.own) AS own FROM asks AS e JOIN message_txn AS m ON e.kind = 2 AND e.key = m.key
    LEFT JOIN redirect AS r ON r.own = m.own
    GROUP BY e.seq HAVING count(DISTINCT coalesce(r.txn, m.own)) = 1
)
SELECT
    c.seq, c.trace_id, d.n IS NOT NULL AS has_direct, a.own AS by_alias, m.own AS by_cause,
    CASE WHEN a.own IS NOT NULL THEN a.own
         WHEN d.n = 1 THEN d.own
         WHEN d.n > 1 THEN k.own
         ELSE coalesce(l.own, m.own, CASE WHEN h.n = 1 THEN h.own END) END AS own,
    CASE WHEN a.own IS NOT NULL THEN 2
         WHEN d.n = 1 THEN 3
         WHEN d.n > 1 THEN 4
         WHEN l.own IS NOT NULL THEN 5
         WHEN m.own IS NOT NULL THEN 6
         ELSE 3 END::UTINYINT AS rule
FROM candidate AS c
LEFT JOIN by_alias AS a ON a.seq = c.seq
LEFT JOIN direct AS d ON d.trace_id = c.trace_id
LEFT JOIN ancestor AS k ON k.seq = c.seq
LEFT JOIN by_link AS l ON l.seq = c.seq
LEFT JOIN by_cause AS m ON m.seq = c.seq
LEFT JOIN heirs AS h ON h.trace_id = c.trace_id
