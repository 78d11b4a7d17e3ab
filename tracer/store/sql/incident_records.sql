-- The numbers of the records of the transactions in `member`, the latest of each that has many.
CREATE OR REPLACE TEMP TABLE incident_record AS
SELECT txn, seq FROM (
    SELECT m.txn, r.seq FROM record AS r JOIN member AS m ON r.transaction_id = m.transaction_id
    WHERE r.at_ns BETWEEN $first AND $last
    UNION ALL
    SELECT m.txn, p.seq FROM placed AS p JOIN member AS m ON m.own = p.own
) QUALIFY row_number() OVER (PARTITION BY txn ORDER BY seq DESC) <= $most
