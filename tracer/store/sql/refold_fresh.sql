-- All records of the transactions in `member`, up to the last folded one.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT m.txn, r.* FROM {{record_columns}} AS r JOIN member AS m ON r.transaction_id = m.transaction_id
WHERE r.seq <= $hi
UNION ALL
SELECT m.txn, r.* FROM {{record_columns}} AS r JOIN placed AS p ON p.seq = r.seq JOIN member AS m ON m.own = p.own
WHERE r.seq <= $hi
