-- The transactions that an id stands for, the best first: its own, one that it is an alias of, or those that records
-- tie it to.
SELECT txn, n.transaction_id, min(rank) AS rank FROM (
    SELECT coalesce(r.txn, n.own) AS txn, 1 AS rank
    FROM name AS n LEFT JOIN redirect AS r ON r.own = n.own
    WHERE n.key = md5_number_lower($id) AND n.transaction_id = $id
    UNION ALL
    SELECT coalesce(r.txn, a.own), 2 FROM alias_txn AS a LEFT JOIN redirect AS r ON r.own = a.own
    WHERE a.key = md5_number_lower($id) AND a.value = $id
) JOIN name AS n ON n.own = txn
GROUP BY txn, n.transaction_id ORDER BY rank, txn LIMIT $limit
