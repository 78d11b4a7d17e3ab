-- The ids that the batch's records carry.
CREATE OR REPLACE TEMP TABLE batch_name AS
SELECT transaction_id, md5_number_lower(transaction_id) AS key
FROM (SELECT DISTINCT transaction_id FROM record WHERE seq > $lo AND seq <= $hi AND transaction_id IS NOT NULL)
