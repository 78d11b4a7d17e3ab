-- By source and owner: what came, what carried an id, what joined, what could not be told apart, what never joined.
WITH loose AS (
    SELECT r.source, r.owner, p.seq IS NOT NULL AS has_joined, p.seq IS NULL AND m.trace_id IS NOT NULL AS is_mixed
    FROM record AS r
    LEFT JOIN placed AS p ON p.seq = r.seq
    LEFT JOIN (
        SELECT t.trace_id FROM trace_txn AS t LEFT JOIN redirect AS d ON d.own = t.own
        GROUP BY t.trace_id HAVING count(DISTINCT coalesce(d.txn, t.own)) > 1
    ) AS m ON m.trace_id = r.trace_id
    WHERE r.transaction_id IS NULL
)
SELECT c.source, c.owner, c.records, c.by_id,
       count(*) FILTER (l.has_joined), count(*) FILTER (l.is_mixed),
       c.records - c.by_id - count(*) FILTER (l.has_joined) - count(*) FILTER (l.is_mixed)
FROM coverage AS c LEFT JOIN loose AS l ON l.source = c.source AND l.owner IS NOT DISTINCT FROM c.owner
GROUP BY c.source, c.owner, c.records, c.by_id ORDER BY c.source, c.owner
