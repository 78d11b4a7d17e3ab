INSERT INTO name SELECT key, transaction_id, own FROM fresh_name WHERE is_new
