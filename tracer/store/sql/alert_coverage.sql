-- Of the latest $most folded records that arrived since $since, by source: how many, and how many belong to a transaction.
WITH reach AS (SELECT folded_seq - $most AS low, folded_seq AS high FROM progress), latest AS (
    SELECT r.source, r.seq, r.transaction_id IS NOT NULL AS has_id, r.received_ns
    FROM record AS r, reach
    WHERE r.seq > reach.low AND r.seq <= reach.high AND r.received_ns >= $since
)
SELECT l.source, count(*) AS records, count(*) FILTER (has_id OR p.seq IS NOT NULL) AS joined, min(l.received_ns)
FROM latest AS l LEFT JOIN (SELECT DISTINCT seq FROM placed, reach WHERE seq > reach.low) AS p ON p.seq = l.seq
GROUP BY l.source HAVING records >= $at_least AND joined < $share * records ORDER BY records DESC LIMIT $limit
