-- The transactions that gain or lose an id, and the ids that move.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT coalesce(n.own, o.own) AS own, coalesce(o.txn, o.own, n.own) AS old_txn, coalesce(n.txn, n.own, o.own) AS new_txn
FROM redirect_now AS n FULL JOIN redirect AS o ON n.own = o.own
WHERE n.txn IS DISTINCT FROM o.txn
