-- All records of the transactions in `member`, as they stood at $as_of, in the columns that the fold reads: `show_records`
-- does the same for one.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT * EXCLUDE (runs) REPLACE (
           CASE WHEN NOT runs THEN until_ns END AS until_ns,
           {{phase_then}} AS phase,
           CASE WHEN NOT runs THEN error END AS error,
           CASE WHEN NOT runs THEN outcome END AS outcome
       )
FROM (
    SELECT *, {{runs_then}} AS runs
    FROM (
        SELECT m.txn, r.* FROM {{record_columns}} AS r JOIN member AS m ON r.transaction_id = m.transaction_id
        WHERE r.at_ns BETWEEN $first AND $as_of
        UNION ALL
        SELECT m.txn, r.* FROM {{record_columns}} AS r JOIN member AS m ON r.transaction_id = m.transaction_id
        WHERE r.at_ns > $as_of AND r.received_ns <= $as_of
        UNION ALL
        SELECT m.txn, r.*
        FROM {{record_columns}} AS r JOIN (SELECT seq, own FROM placed SEMI JOIN member ON placed.own = member.own) AS p ON r.seq = p.seq
        JOIN member AS m ON m.own = p.own
    )
    WHERE least(at_ns, {{latest_known}}) <= $as_of
)
