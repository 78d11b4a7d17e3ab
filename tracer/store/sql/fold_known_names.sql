-- Those of them that have a number.
CREATE OR REPLACE TEMP TABLE fresh_name AS
SELECT n.key, n.transaction_id, n.own, false AS is_new
FROM name AS n JOIN batch_name AS b ON n.key = b.key AND n.transaction_id = b.transaction_id
