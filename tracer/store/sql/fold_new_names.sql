-- Numbers for the rest.
INSERT INTO fresh_name
SELECT key, transaction_id, nextval('txn_seq'), true
FROM batch_name ANTI JOIN fresh_name USING (key, transaction_id)
