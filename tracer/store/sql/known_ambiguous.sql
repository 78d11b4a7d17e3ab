-- How many records of the transaction's traces could belong to several transactions, and so to none.
SELECT count(*) FROM record AS r
SEMI JOIN (
    SELECT t.trace_id FROM trace_txn AS t SEMI JOIN (SELECT trace_id FROM trace_txn WHERE own = $own) AS m ON t.trace_id = m.trace_id
    GROUP BY t.trace_id HAVING count(DISTINCT t.own) > 1
) AS mixed ON r.trace_id = mixed.trace_id
ANTI JOIN placed ON placed.seq = r.seq
WHERE r.transaction_id IS NULL AND r.at_ns BETWEEN $first AND $last
