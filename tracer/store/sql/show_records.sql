-- All records of the transaction in `member`, as they stood at $as_of: a span that had not ended then is
-- one that runs. Those that the fold knows lie between $first and $last; the rest came after it. What is dated after it
-- arrived counts from then.
CREATE OR REPLACE TEMP TABLE shown AS
SELECT * EXCLUDE (runs) REPLACE (
           CASE WHEN NOT runs THEN until_ns END AS until_ns,
           {{phase_then}} AS phase,
           CASE WHEN NOT runs THEN error END AS error,
           CASE WHEN NOT runs THEN outcome END AS outcome,
           CASE WHEN runs THEN 'unset' ELSE status END AS status
       )
FROM (
    SELECT *, {{runs_then}} AS runs
    FROM (
        SELECT m.txn, CASE WHEN m.own = m.txn THEN 1 ELSE 2 END AS rule, r.*
        FROM record AS r JOIN member AS m ON r.transaction_id = m.transaction_id
        WHERE r.at_ns BETWEEN $first AND $last AND r.seq <= $folded
        UNION ALL
        SELECT m.txn, CASE WHEN m.own = m.txn THEN 1 ELSE 2 END, r.*
        FROM record AS r JOIN member AS m ON r.transaction_id = m.transaction_id
        WHERE r.seq > $folded
        UNION ALL
        SELECT m.txn, p.rule, r.*
        FROM record AS r JOIN (SELECT seq, own, rule FROM placed SEMI JOIN member ON placed.own = member.own) AS p ON r.seq = p.seq
        JOIN member AS m ON m.own = p.own
    )
    WHERE least(at_ns, {{latest_known}}) <= $as_of
)
