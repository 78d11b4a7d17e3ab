-- All records of the transaction in `member`, as they stood at $as_of: a span that had not ended then is
-- one that runs. Those that the fold knows lie between $first and $last; the rest came after it.
CREATE OR REPLACE TEMP TABLE shown AS
SELECT * REPLACE (
           CASE WHEN until_ns <= $as_of THEN until_ns END AS until_ns,
           CASE WHEN until_ns > $as_of AND phase IN ('completed', 'failed', 'timed_out') THEN 'started'
                WHEN until_ns > $as_of AND phase IN ('compensated', 'compensation_failed') THEN 'compensating'
                WHEN until_ns > $as_of AND phase IN ('txn_completed', 'txn_failed') THEN 'txn_started'
                ELSE phase END AS phase,
           CASE WHEN until_ns > $as_of THEN NULL ELSE error END AS error,
           CASE WHEN until_ns > $as_of THEN NULL ELSE outcome END AS outcome,
           CASE WHEN until_ns > $as_of THEN 'unset' ELSE status END AS status
       )
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
WHERE at_ns <= $as_of
