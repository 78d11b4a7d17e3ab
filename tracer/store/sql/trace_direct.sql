-- The transactions of each trace that records with an id name: how many, and one of them.
SELECT t.trace_id, count(DISTINCT coalesce(r.txn, t.own)) AS n, min(t.own) AS own
FROM trace_txn AS t SEMI JOIN asked ON t.trace_id = asked.trace_id
LEFT JOIN redirect AS r ON r.own = t.own
GROUP BY t.trace_id
