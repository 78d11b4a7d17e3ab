-- Have the transactions folded again whose records have one of some names, or say that they are of such a step, and those
-- of some sagas.
INSERT INTO requeue
SELECT DISTINCT txn, true FROM (
    SELECT coalesce(d.txn, n.own) AS txn
    FROM record AS r JOIN name AS n ON n.transaction_id = r.transaction_id LEFT JOIN redirect AS d ON d.own = n.own
    WHERE (r.name IN (SELECT unnest($names)) OR (r.step_by = 'attribute' AND r.step IN (SELECT unnest($names))))
      AND r.seq <= (SELECT seq FROM folded)
    UNION ALL
    SELECT coalesce(d.txn, p.own)
    FROM record AS r JOIN placed AS p USING (seq) LEFT JOIN redirect AS d ON d.own = p.own
    WHERE (r.name IN (SELECT unnest($names)) OR (r.step_by = 'attribute' AND r.step IN (SELECT unnest($names))))
      AND r.seq <= (SELECT seq FROM folded)
    UNION ALL
    SELECT txn FROM txn WHERE saga IN (SELECT unnest($sagas))
)
