-- The transactions that span $as_of: with records until then, and records after it. What is dated after $as_of counts from a
-- minute after it arrived, as everywhere. When a transaction began is known without folding it, and the filters by that
-- narrow what has to be folded; so does the saga, as it is known today.
CREATE OR REPLACE TEMP TABLE wanted AS
WITH ahead AS (
    SELECT seq, transaction_id FROM record
    WHERE at_ns > $as_of AND received_ns <= $as_of AND {{latest_known}} <= $as_of
), early AS (
    SELECT coalesce(r.txn, n.own) AS txn
    FROM (
        SELECT own FROM name WHERE transaction_id IN (SELECT transaction_id FROM ahead WHERE transaction_id IS NOT NULL)
        UNION ALL
        SELECT own FROM placed WHERE seq IN (SELECT seq FROM ahead)
    ) AS n LEFT JOIN redirect AS r ON r.own = n.own
)
SELECT txn FROM txn
WHERE last_ns > $as_of
  AND (first_ns <= $as_of OR txn IN (SELECT txn FROM early))
  AND ($began_since IS NULL OR first_ns >= $began_since OR first_ns > $as_of)
  AND ($began_until IS NULL OR first_ns <= $began_until OR first_ns > $as_of)
  AND ($sagas IS NULL OR list_contains($sagas, saga))
