-- Where the open transactions of a saga stand, and how many of them too long as of $now. Only the rows of `step` know
-- which step a compensation undoes.
WITH here AS (
    SELECT txn, step, owner, coalesce(state IN ('compensating', 'compensated', 'compensation_failed'), false) AS is_undoing,
           stall IS NOT NULL AND coalesce(deadline_ns < $now, false) AS is_stuck
    FROM txn WHERE saga = $saga AND ended_ns IS NULL AND step IS NOT NULL
), undoing AS (
    SELECT h.txn, arg_max(s.compensates, s.first_ns) AS compensates
    FROM step AS s JOIN here AS h ON h.txn = s.txn AND h.step = s.step
    WHERE h.is_undoing AND s.compensates <> '' GROUP BY h.txn
)
SELECT h.step, coalesce(u.compensates, '') AS compensates, max(h.owner), count(*), count(*) FILTER (is_stuck)
FROM here AS h LEFT JOIN undoing AS u ON u.txn = h.txn
GROUP BY h.step, coalesce(u.compensates, '') ORDER BY ALL
