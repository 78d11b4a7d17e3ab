-- The transactions of each trace that records with an id name: how many, an id of one of them, and the two outermost.
SELECT t.trace_id, count(DISTINCT coalesce(r.txn, t.own)) AS n, min(t.own) AS own,
       min(coalesce(r.txn, t.own)) AS first_txn, max(coalesce(r.txn, t.own)) AS last_txn
FROM trace_txn AS t SEMI JOIN asked ON t.trace_id = asked.trace_id
LEFT JOIN redirect AS r ON r.own = t.own
GROUP BY t.trace_id
