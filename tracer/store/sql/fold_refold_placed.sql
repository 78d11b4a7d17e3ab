-- Transactions that lose a record, and those that it moved to.
INSERT INTO refold
SELECT coalesce(r.txn, p.own) FROM (
    SELECT old_own AS own FROM placement WHERE old_own IS NOT NULL AND old_own IS DISTINCT FROM own
    UNION
    SELECT own FROM placement WHERE old_own IS NOT NULL AND own IS NOT NULL AND old_own <> own
) AS p LEFT JOIN redirect AS r ON r.own = p.own
